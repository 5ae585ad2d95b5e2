package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onsethq/onset/pkg/run"
)

// batched is the life of runs as one statement per batch of Postgres.
//
// Two habits keep the plans where they are, whatever the statistics say (those
// of an empty table lead the planner to scan the whole backlog): a statement
// that is addressed by ids hides its test of the status from the choice of
// index behind a case, and it says "id = any(…)" beside the join on the ids, so
// that the index is bounded even when the join is turned round.
type batched struct {
	hot   *pgxpool.Pool
	beats *pgxpool.Pool
	terms run.Terms
}

// takeKeys lets each start own its idempotency key unless another run does. A
// key that another transaction is writing is waited for, but not for long.
const takeKeys = `
insert into idempotency_keys as i (workspace_id, scope, key, hash, run_id, expires_at)
select w, scope, key, hash, run, now() + ttl * interval '1 microsecond'
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bigint[]) as u (w, scope, key, run, hash, ttl)
order by w, scope, key
on conflict (workspace_id, scope, key) do update set hash = excluded.hash, run_id = excluded.run_id, expires_at = excluded.expires_at
  where i.expires_at <= now()`

// readKeys says which run owns each key now. The offset keeps the planner from
// turning a look-up per key into a walk through all keys.
const readKeys = `
select i.workspace_id, i.scope, i.key, i.hash, i.run_id
from unnest($1::uuid[], $2::text[], $3::text[]) as u (w, scope, key) cross join lateral (
  select * from idempotency_keys i where i.workspace_id = u.w and i.scope = u.scope and i.key = u.key offset 0) i`

// letKeysGo frees the keys of starts that were refused.
const letKeysGo = `
delete from idempotency_keys where ctid = any(array(
  select i.ctid from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) as u (w, scope, key, run) cross join lateral (
    select i.ctid from idempotency_keys i where i.workspace_id = u.w and i.scope = u.scope and i.key = u.key and i.run_id = u.run offset 0) i
  where not exists (select from runs r where r.id = u.run and r.workspace_id = u.w offset 0)))`

const (
	waitForKeys = `select set_config('lock_timeout', '300ms', true)`
	waitAsEver  = `select set_config('lock_timeout', '0', true)`
)

// accept is one pipeline, and so one transaction and one round trip.
func (b batched) accept(ctx context.Context, items []starting) ([]answer[run.Accepted], error) {
	owners := firstUses(items)
	uses, stored := map[idempotency]use{}, map[uuid.UUID]answer[run.Accepted]{}
	var pipe pgx.Batch
	keys := keyColumns(owners)
	if len(owners) > 0 {
		pipe.Queue(waitForKeys)
		pipe.Queue(takeKeys, append(keys,
			column(owners, func(s starting) []byte { return s.Hash }),
			column(owners, func(s starting) int64 { return s.KeyTTL.Microseconds() }))...)
		pipe.Queue(waitAsEver)
		pipe.Queue(readKeys, keys[:3]...).Query(func(rows pgx.Rows) error { return readUses(rows, uses) })
	}
	statement, columns := acceptance(items)
	pipe.Queue(statement, columns...).Query(func(rows pgx.Rows) error { return readStored(rows, stored) })
	if len(owners) > 0 {
		pipe.Queue(letKeysGo, keys...)
	}
	keepDeliveries(&pipe, deliveries(items))
	if err := b.hot.SendBatch(ctx, &pipe).Close(); err != nil {
		return nil, fmt.Errorf("accept %d runs: %w", len(items), err)
	}
	b.explain(ctx, items, uses, stored)
	return answerStarts(items, uses, stored), nil
}

// firstUses are the starts that try to own their key: of several with the same
// key in one batch the first, or the first that rests upon nothing. What another
// rests upon may have changed, of which only who rests upon something may hear.
func firstUses(items []starting) []starting {
	places := map[idempotency]int{}
	var first []starting
	for _, s := range items {
		if !s.keyed() {
			continue
		}
		n, known := places[s.idempotency()]
		switch {
		case !known:
			places[s.idempotency()] = len(first)
			first = append(first, s)
		case s.upon == 0 && first[n].upon != 0:
			first[n] = s
		}
	}
	return first
}

// answerStarts gives each start what became of it: its own run or the refusal,
// or what became of the start that owns its key.
func answerStarts(items []starting, uses map[idempotency]use, stored map[uuid.UUID]answer[run.Accepted]) []answer[run.Accepted] {
	answers := make([]answer[run.Accepted], len(items))
	for n, s := range items {
		own, told := stored[s.Run.ID]
		u, used := uses[s.idempotency()]
		switch {
		case told:
			answers[n] = own
		case !used:
			answers[n].err = errors.New("an idempotency key was written and not found")
		case stored[u.run].err != nil:
			answers[n] = stored[u.run] // the first of its key was refused
		default:
			answers[n] = s.repeat(u)
		}
	}
	return answers
}

// keyColumns are the keys of starts and the runs that they would start.
func keyColumns(items []starting) []any {
	return []any{
		column(items, func(s starting) uuid.UUID { return s.Run.Workspace }),
		column(items, func(s starting) string { return s.IdempotencyScope }),
		column(items, func(s starting) string { return s.IdempotencyKey }),
		column(items, func(s starting) uuid.UUID { return s.Run.ID }),
	}
}

// acceptance is the statement for a batch, and its parameters.
func acceptance(items []starting) (string, []any) {
	shares, alike := shares(items)
	ranks := ranks(items, shares)
	if alike {
		return acceptAlike, append(startColumns(items),
			column(shares, func(s share) uuid.UUID { return s.workspace }),
			column(shares, func(s share) int64 { return s.upon }),
			column(shares, func(s share) int { return s.asked }),
			column(shares, func(s share) int { return s.ahead }),
			ranks)
	}
	return acceptEach, append(startColumns(items),
		column(items, func(s starting) string { return s.IdempotencyScope }),
		column(items, func(s starting) string { return s.IdempotencyKey }),
		column(items, func(s starting) int64 { return s.upon }),
		ranks)
}

// startColumns are the parameters that both have.
func startColumns(items []starting) []any {
	return []any{
		turn.Microseconds(), firstPatience.Microseconds(),
		column(items, func(s starting) uuid.UUID { return s.Run.ID }),
		column(items, func(s starting) uuid.UUID { return s.Run.Workspace }),
		column(items, func(s starting) pgtype.UUID {
			return pgtype.UUID{Bytes: s.Run.TriggerID, Valid: s.Run.TriggerID != uuid.Nil}
		}),
		column(items, func(s starting) string { return s.Run.Trigger }),
		column(items, func(s starting) uuid.UUID { return s.Run.GraphID }),
		column(items, func(s starting) string { return s.Run.Graph }),
		column(items, func(s starting) int { return s.Run.Build }),
		column(items, func(s starting) string { return s.Run.Environment }),
		column(items, func(s starting) string { return string(s.Run.Class) }),
		column(items, func(s starting) uuid.UUID { return s.Run.ThreadID }),
		column(items, func(s starting) string { return s.cause }),
		column(items, func(s starting) string { return s.Run.Message }),
		column(items, func(s starting) string { return s.variables }),
		column(items, func(s starting) string { return s.tags }),
		column(items, func(s starting) int64 { return s.Limit.Milliseconds() }),
		column(items, func(s starting) int64 { return s.Deadline.Microseconds() }),
		column(items, func(s starting) int64 { return s.StartBy.Microseconds() }),
	}
}

func readUses(rows pgx.Rows, uses map[idempotency]use) error {
	var k idempotency
	var u use
	_, err := pgx.ForEachRow(rows, []any{&k.workspace, &k.scope, &k.key, &u.hash, &u.run}, func() error {
		uses[k] = use{append([]byte(nil), u.hash...), u.run}
		return nil
	})
	return err
}

func readStored(rows pgx.Rows, stored map[uuid.UUID]answer[run.Accepted]) error {
	var id uuid.UUID
	var admitted bool
	_, err := pgx.ForEachRow(rows, []any{&id, &admitted}, func() error {
		stored[id] = answer[run.Accepted]{value: run.Accepted{Run: id, Fresh: true, Admitted: admitted}}
		return nil
	})
	return err
}

// column is one property of every item, as an array for unnest.
func column[I, V any](items []I, of func(I) V) []V {
	values := make([]V, len(items))
	for i, item := range items {
		values[i] = of(item)
	}
	return values
}
