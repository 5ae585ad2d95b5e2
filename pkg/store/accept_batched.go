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

// released is how many runs have left their slots of the workspace of c.
const released = `coalesce((select e.released from workspace_releases e where e.workspace_id = c.workspace_id), 0)`

// acceptStarts locks the counters of its workspaces in order and inserts the
// runs that find a slot or a place in the queue, by their rank among the starts
// of their workspace: the first have those whose caller waits on the line, who
// may overtake the queue. Only the start that owns its idempotency key becomes a
// run, and only when what it rests upon still holds; those behind it do not move
// up, so at most less is given away than there is. What was given away is counted
// by the runs that were made.
const acceptStarts = `
with p as (` + unchanged + `
), k as (
  select w, queued, room, held, greatest(cap - held, 0) as free from (
    select c.workspace_id as w, c.queued, greatest(c.queue_cap - c.queued, 0) as room, c.cap, c.admitted - ` + released + ` as held
    from workspace_counters c where c.workspace_id = any($8) order by c.workspace_id for no key update) c
), i as (
  insert into runs (id, workspace_id, trigger_id, trigger_name, graph_id, graph_name, build, environment, class, thread_id,
    cause, message, user_variables, tags, budget_ms, deadline_at, start_by, next_at, created_at,
    status_reason, admit_epoch, turn_at, bell_seq, bell_at)
  select run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
    cause::jsonb, message, variables, tags::jsonb, budget,
    now() + nullif(deadline, 0) * interval '1 microsecond', now() + nullif(start_by, 0) * interval '1 microsecond', now(), now(),
    case when fits then 'queued' else 'workspace_cap' end, case when fits then 0 else -1 end,
    now() + case when fits then (held + rank) * $5::bigint else 0 end * interval '1 microsecond',
    case when fits then 1 else 0 end, case when fits then now() + $6::bigint * interval '1 microsecond' end
  from (
    select s.*, k.held, k.room,
      s.rank <= case when k.queued = 0 or s.class = 'sync' then k.free else 0 end as fits,
      s.rank - case when k.queued = 0 or s.class = 'sync' then k.free else least(k.free, s.waited) end as place
    from unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::text[], $13::int[], $14::text[], $15::text[], $16::uuid[],
                $17::text[], $18::text[], $19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::bigint[],
                $24::text[], $25::text[], $26::int[], $27::int[], $28::int[])
      as s (run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
            cause, message, variables, tags, budget, deadline, start_by,
            scope, key, upon, rank, waited)
    join k on k.w = s.w
  ) s
  where (fits or place <= room) and (upon = 0 or (upon, w) in (select n, w from p))
    and (key = '' or exists (select from idempotency_keys i where i.workspace_id = s.w and i.scope = s.scope and i.key = s.key and i.run_id = s.run))
  returning id, workspace_id, admit_epoch = 0 as admitted
), x as (
  update workspace_counters c set admitted = c.admitted + n.admitted, queued = c.queued + n.queued
  from (
    select workspace_id as w, count(*) filter (where admitted) as admitted, count(*) filter (where not admitted) as queued
    from i group by workspace_id) n
  where c.workspace_id = any($8) and c.workspace_id = n.w
)
select id, admitted from i`

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
	pipe.Queue(acceptStarts, startColumns(items)...).Query(func(rows pgx.Rows) error { return readStored(rows, stored) })
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
// key in one batch the first.
func firstUses(items []starting) []starting {
	repeats := repeats(items)
	var first []starting
	for n, s := range items {
		if s.keyed() && !repeats[n] {
			first = append(first, s)
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

func startColumns(items []starting) []any {
	bases, upon := bases(items)
	ranks, waited := ranks(items)
	return append(baseColumns(bases),
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
		column(items, func(s starting) string { return s.IdempotencyScope }),
		column(items, func(s starting) string { return s.IdempotencyKey }),
		upon, ranks, waited)
}

// bases are the states that starts rest upon, each once, and for each start the
// number of its own; 0 when it rests on none.
func bases(items []starting) (bases []seen, upon []int) {
	numbers := map[seen]int{{}: 0}
	for _, s := range items {
		n, known := numbers[s.upon]
		if !known {
			bases = append(bases, s.upon)
			n = len(bases)
			numbers[s.upon] = n
		}
		upon = append(upon, n)
	}
	return bases, upon
}

// baseColumns are the parameters of unchanged.
func baseColumns(bases []seen) []any {
	return []any{
		column(bases, func(s seen) uuid.UUID { return s.key }),
		column(bases, func(s seen) uuid.UUID { return s.trigger }),
		column(bases, func(s seen) string { return s.environment }),
		column(bases, func(s seen) string { return s.versions }),
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
