package store

// released is how many runs have left their slots of the workspace of c.
const released = `coalesce((select e.released from workspace_releases e where e.workspace_id = c.workspace_id), 0)`

// acceptUnkeyed and acceptKeyed lock the counters of their workspaces in order and
// insert the runs that find a slot or a place in the queue, by their rank among
// the starts of their workspace: the first have those whose caller waits on the
// line, who may overtake the queue. Only the start that owns its idempotency key
// becomes a run, and only when the workspace has not changed since what the start
// rests upon was read. What was given away is counted by the runs that were made.
//
// Repetitions come with every key, so behind them the others move up. A workspace
// changes when somebody edits it: whoever is behind a start that this moment turns
// away may find less than there is, never more.
const (
	acceptUnkeyed = rankStarts + `s.given as rank, s.ahead as waited` + fromStarts + placeStarts
	acceptKeyed   = rankStarts + `
        row_number() over (partition by s.w order by s.given) as rank,
        count(*) filter (where s.class = 'sync') over (partition by s.w) as waited` + fromStarts + `
        and (key = '' or exists (select from idempotency_keys i where i.workspace_id = s.w and i.scope = s.scope and i.key = s.key and i.run_id = s.run))` + placeStarts
)

const rankStarts = `
with k as (
  select w, changes, queued, room, held, greatest(cap - held, 0) as free from (
    select c.workspace_id as w, c.changes, c.queued, greatest(c.queue_cap - c.queued, 0) as room, c.cap, c.admitted - ` + released + ` as held
    from workspace_counters c where c.workspace_id = any($4) order by c.workspace_id for no key update) c
), i as (
  insert into runs (id, workspace_id, trigger_id, trigger_name, graph_id, graph_name, build, environment, class, thread_id,
    cause, message, user_variables, tags, budget_ms, deadline_at, start_by, next_at, created_at,
    status_reason, admit_epoch, turn_at, bell_seq, bell_at)
  select run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
    cause::jsonb, message, variables, tags::jsonb, budget,
    now() + nullif(deadline, 0) * interval '1 microsecond', now() + nullif(start_by, 0) * interval '1 microsecond', now(), now(),
    case when fits then 'queued' else 'workspace_cap' end, case when fits then 0 else -1 end,
    now() + case when fits then (held + rank) * $1::bigint else 0 end * interval '1 microsecond',
    case when fits then 1 else 0 end, case when fits then now() + $2::bigint * interval '1 microsecond' end
  from (
    select s.*,
      rank <= case when queued = 0 or class = 'sync' then free else 0 end as fits,
      rank - case when queued = 0 or class = 'sync' then free else least(free, waited) end as place
    from (
      select s.*, k.held, k.room, k.free, k.queued, `

const fromStarts = `
      from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::int[], $10::text[], $11::text[], $12::uuid[],
                  $13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::bigint[],
                  $20::text[], $21::text[], $22::bigint[], $23::int[], $24::int[])
        as s (run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
              cause, message, variables, tags, budget, deadline, start_by,
              scope, key, upon, given, ahead)
      join k on k.w = s.w
      where s.upon in (0, k.changes)`

const placeStarts = `
    ) s
  ) s
  where fits or place <= room
  returning id, workspace_id, admit_epoch = 0 as admitted
), x as (
  update workspace_counters c set admitted = c.admitted + n.admitted, queued = c.queued + n.queued
  from (
    select workspace_id as w, count(*) filter (where admitted) as admitted, count(*) filter (where not admitted) as queued
    from i group by workspace_id) n
  where c.workspace_id = any($4) and c.workspace_id = n.w
)
select id, admitted from i`
