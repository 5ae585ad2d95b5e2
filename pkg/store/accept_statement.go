package store

// released is how many runs have left their slots of the workspace of c.
const released = `coalesce((select e.released from workspace_releases e where e.workspace_id = c.workspace_id), 0)`

// The starts of a batch become runs in one statement. It locks the counters of
// their workspaces in order, gives each workspace's starts their places by rank,
// in which those come first whose caller waits on the line, who may overtake the
// queue, and inserts those that find a slot or a place in the queue. A start is
// nothing when its workspace has changed since what it rests upon was read.

// acceptAlike is for starts that bear no keys and of which all of a workspace rest
// upon the same: how many there are is known before, and written down at once.
const acceptAlike = `
with k as (
  update workspace_counters c set admitted = c.admitted + n.fit, queued = c.queued + n.rest
  from (
    select w, held, fit, least(asked - fit, room) as rest from (
      select w, held, room, asked, least(case when queued = 0 then asked else ahead end, greatest(cap - held, 0)) as fit from (
        select c.workspace_id as w, c.cap, c.admitted - ` + released + ` as held, c.queued, greatest(c.queue_cap - c.queued, 0) as room, h.asked, h.ahead
        from unnest($20::uuid[], $21::bigint[], $22::int[], $23::int[]) as h (w, upon, asked, ahead) join workspace_counters c on c.workspace_id = h.w
        where c.workspace_id = any($20) and h.upon in (0, c.changes) order by c.workspace_id for no key update of c) k) k) n
  where c.workspace_id = any($20) and c.workspace_id = n.w and n.fit + n.rest > 0
  returning n.w, n.held, n.fit, n.rest
)` + makeRuns + `
  from (
    select s.*, k.held, s.rank <= k.fit as fits
    from unnest(` + startArrays + `, $24::int[]) as s (` + startNames + `, rank)
    join k on k.w = s.w
    where s.rank <= k.fit + k.rest
  ) s
  returning id, admit_epoch = 0 as admitted`

// acceptEach is for all others. Only a start that owns its idempotency key becomes
// a run, and behind one that does not the others move up; what was given away is
// counted by the runs that were made. Whoever is behind a start that rests upon
// what has changed may find less than there is, never more.
const acceptEach = `
with k as (
  select w, changes, queued, room, held, greatest(cap - held, 0) as free from (
    select c.workspace_id as w, c.changes, c.queued, greatest(c.queue_cap - c.queued, 0) as room, c.cap, c.admitted - ` + released + ` as held
    from workspace_counters c where c.workspace_id = any($4) order by c.workspace_id for no key update) c
), i as (` + makeRuns + `
  from (
    select s.*,
      rank <= case when queued = 0 or class = 'sync' then free else 0 end as fits,
      rank - case when queued = 0 or class = 'sync' then free else least(free, ahead) end as place
    from (
      select s.*, k.held, k.room, k.free, k.queued,
        row_number() over (partition by s.w order by s.given) as rank,
        count(*) filter (where s.class = 'sync') over (partition by s.w) as ahead
      from unnest(` + startArrays + `, $20::text[], $21::text[], $22::bigint[], $23::int[]) as s (` + startNames + `, scope, key, upon, given)
      join k on k.w = s.w
      where s.upon in (0, k.changes)
        and (key = '' or exists (select from idempotency_keys i where i.workspace_id = s.w and i.scope = s.scope and i.key = s.key and i.run_id = s.run))
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

const (
	startArrays = `$3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::int[], $10::text[], $11::text[], $12::uuid[],
      $13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::bigint[]`

	startNames = `run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
      cause, message, variables, tags, budget, deadline, start_by`

	makeRuns = `
  insert into runs (id, workspace_id, trigger_id, trigger_name, graph_id, graph_name, build, environment, class, thread_id,
    cause, message, user_variables, tags, budget_ms, deadline_at, start_by, next_at, created_at,
    status_reason, admit_epoch, turn_at, bell_seq, bell_at)
  select run, w, trigger, trigger_name, graph, graph_name, build, environment, class, thread,
    cause::jsonb, message, variables, tags::jsonb, budget,
    now() + nullif(deadline, 0) * interval '1 microsecond', now() + nullif(start_by, 0) * interval '1 microsecond', now(), now(),
    case when fits then 'queued' else 'workspace_cap' end, case when fits then 0 else -1 end,
    now() + case when fits then (held + rank) * $1::bigint else 0 end * interval '1 microsecond',
    case when fits then 1 else 0 end, case when fits then now() + $2::bigint * interval '1 microsecond' end`
)
