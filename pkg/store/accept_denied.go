package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/run"
)

// missingStarts says why starts were not accepted that own their keys: which of
// them rest upon what holds no more, and whether their workspaces are there.
const missingStarts = `
select a.run, a.upon in (0, coalesce(c.changes, 0)), c.workspace_id is not null
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as a (run, w, upon)
left join (select * from workspace_counters c where c.workspace_id = any($2)) c on c.workspace_id = a.w`

// explain tells of starts that became no run why, unless another start owns their
// key and what they rest upon holds. It fails for those it was asked for only:
// the others are committed.
func (b batched) explain(ctx context.Context, items []starting, uses map[idempotency]use, stored map[uuid.UUID]answer[run.Accepted]) {
	missed := missed(items, uses, stored)
	if len(missed) == 0 {
		return
	}
	holds, found, err := b.denied(ctx, missed)
	for _, s := range missed {
		u, used := uses[s.idempotency()]
		switch {
		case err != nil:
			stored[s.Run.ID] = answer[run.Accepted]{err: err}
		case !holds[s.Run.ID]:
			stored[s.Run.ID] = answer[run.Accepted]{err: ErrOutdated}
		case used && u.run != s.Run.ID:
		case !found[s.Run.ID]:
			stored[s.Run.ID] = noCounters(s.Run.Workspace)
		default:
			stored[s.Run.ID] = queueFull()
		}
	}
}

// missed are the starts that became no run and whose key does not say enough:
// who repeats a start has to hold what it rests upon, too.
func missed(items []starting, uses map[idempotency]use, stored map[uuid.UUID]answer[run.Accepted]) (missed []starting) {
	for _, s := range items {
		if _, made := stored[s.Run.ID]; made {
			continue
		}
		if u, used := uses[s.idempotency()]; !used || u.run == s.Run.ID || s.upon != 0 {
			missed = append(missed, s)
		}
	}
	return missed
}

// denied asks of each start whether what it rests upon holds, and whether its
// workspace is there.
func (b batched) denied(ctx context.Context, items []starting) (holds, found map[uuid.UUID]bool, err error) {
	rows, err := b.hot.Query(ctx, missingStarts,
		column(items, func(s starting) uuid.UUID { return s.Run.ID }),
		column(items, func(s starting) uuid.UUID { return s.Run.Workspace }),
		column(items, func(s starting) int64 { return s.upon }))
	if err != nil {
		return nil, nil, err
	}
	holds, found = map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	var id uuid.UUID
	var held, there bool
	_, err = pgx.ForEachRow(rows, []any{&id, &held, &there}, func() error {
		holds[id], found[id] = held, there
		return nil
	})
	return holds, found, err
}
