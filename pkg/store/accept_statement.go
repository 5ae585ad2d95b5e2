package store

// released is how many runs have left their slots of the workspace of c.
const released = `coalesce((select e.released from workspace_releases e where e.workspace_id = c.workspace_id), 0)`

// acceptUnkeyed and acceptKeyed lock the counters of their workspaces in order and
// insert the runs that find a slot or a place in the queue, by their rank among
// the starts of their workspace: the first have those whose caller waits on the
// line, who may overtake the queue. Only the start that owns its idempotency key
// becomes a run, and only when what it rests upon still holds. What was given away
// is counted by the runs that were made.
//
// Repetitions come with every key, so behind them the others move up. What a
// start rests upon changes when somebody edits it: whoever is behind one that
// this moment turns away may find less than there is, never more.
const (
	acceptUnkeyed = rankStarts + `s.given as rank, s.ahead as waited` + fromStarts + placeStarts
	acceptKeyed   = rankStarts + `
        row_number() over (partition by s.w order by s.given) as rank,
        count(*) filter (where s.class = 'sync') over (partition by s.w) as waited` + fromStarts + `
        and (key = '' or exists (select from idempotency_keys i where i.workspace_id = s.w and i.scope = s.scope and i.key = s.key and i.run_id = s.run))` + placeStarts
)

const rankStarts = `
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
    select s.*,
      rank <= case when queued = 0 or class = 'sync' then free else 0 end as fits,
      rank - case when queued = 0 or class = 'sync' then free else least(free, waited) end as place
    from (
      select s.*, k.held, k.room, k.free, k.queued, `

const fromStarts = `
      from unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::text[], $13::int[], $14::text[], $15::text[], $16::uuid[],
                  $17::text[], $18::text[], $19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::bigint[],
                  $24::text[], $25::text[], $26::int[], $27::int[], $28::int[])
        as s (run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
              cause, message, variables, tags, budget, deadline, start_by,
              scope, key, upon, given, ahead)
      join k on k.w = s.w
      where (upon = 0 or (upon, s.w) in (select n, w from p))`

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
  where c.workspace_id = any($8) and c.workspace_id = n.w
)
select id, admitted from i`
