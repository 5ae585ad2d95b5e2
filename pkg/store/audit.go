package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// slots counts what every workspace really holds, from the rows.
const slots = `select workspace_id, sum(admitted) as admitted, sum(queued) as queued from (
   select workspace_id, 1 as admitted, 0 as queued from runs where status = 'running'
   union all select workspace_id, 1, 0 from runs where status = 'pending' and admit_epoch = epoch
   union all select workspace_id, 0, 1 from runs where status = 'pending' and admit_epoch < epoch
 ) s group by workspace_id`

const drifted = `workspace_slots c left join (` + slots + `) s on s.workspace_id = c.workspace_id
 where c.admitted <> coalesce(s.admitted, 0) or c.queued <> coalesce(s.queued, 0)`

// aside are the runs that wait, found by the index runs_troubled: its condition
// stands here word for word.
const aside = `workspaces w join runs r on r.workspace_id = w.id and r.status = 'waiting' and r.status in ('waiting', 'failed', 'cancelled')`

// Waiting counts the runs that are put aside, by what they wait for.
func (f Fleet) Waiting(ctx context.Context) (map[run.Reason]int, error) {
	counts := map[run.Reason]int{}
	err := f.s.change(ctx, func(c *change) error {
		clear(counts)
		rows, err := c.QueryContext(ctx, `select r.status_reason, count(*) from `+aside+` group by r.status_reason`)
		if err != nil {
			return err
		}
		type counted struct {
			reason run.Reason
			n      int
		}
		all, err := collect(rows, func(x *counted) []any { return []any{&x.reason, &x.n} })
		for _, x := range all {
			counts[x.reason] = x.n
		}
		return err
	})
	return counts, err
}

// invariant is a question whose answer must be 0.
type invariant struct {
	name string
	text string
	args []any
}

// auditLate is how long after its time something must have been done by one of
// the loops.
const auditLate = time.Minute

// auditBack is how far back the audit looks at runs that are over.
const auditBack = time.Hour

func (c *change) invariants(lease time.Duration) []invariant {
	late, recent := c.now.plus(-auditLate), firstID(c.now.plus(-auditBack))
	return []invariant{
		{"counters_drift", `select count(*) from ` + drifted, nil},
		{"lease_stale", `select count(*) from runs where status = 'running' and lease_until < $1`, []any{late.plus(-lease)}},
		{"deadline_ignored", `select count(*) from runs where status = 'running' and deadline_at < $1`, []any{late.plus(-auditLate)}},
		{"bell_stale", `select count(*) from runs where status = 'pending' and admit_epoch = epoch and bell_at < $1`, []any{late}},
		{"queue_stuck", `select count(*) from runs r join workspace_slots c on c.workspace_id = r.workspace_id
 where r.status = 'pending' and r.admit_epoch < r.epoch and r.next_at < $1 and r.cancel_at is null and c.admitted < c.cap`, []any{late}},
		{"epoch_without_attempt", `select count(*) from runs r where r.id >= $1
 and r.epoch <> (select count(*) from attempts a where a.run_id = r.id)`, []any{recent}},
		{"completed_twice", `select count(*) from (select run_id from attempts where run_id >= $1 and outcome = 'completed'
 group by run_id having count(*) > 1) t`, []any{recent}},
		{"child_unheard", `select count(*) from asks a join runs c on c.id = a.id
 where a.status = 'open' and a.reason = 'child' and c.finished_at < $1`, []any{late}},
		{"ask_overdue", `select count(*) from asks a join runs r on r.id = a.run_id
 where a.status = 'open' and a.until is not null and a.until < $1 and r.finished_at is null`, []any{late}},
		{"waits_for_nothing", `select count(*) from ` + aside + `
 where not exists (select 1 from asks a where a.run_id = r.id and a.status = 'open')`, nil},
		{"schedule_stale", `select count(*) from schedules where next_at < $1`, []any{late}},
		{"backfill_stale", `select count(*) from backfills where look_at < $1`, []any{late}},
		{"schedule_missing", `select count(*) from triggers t where t.kind = 'schedule' and t.status = 'active' and t.deleted_at is null
 and not exists (select 1 from schedules s where s.trigger_id = t.id)`, nil},
		{"moments_unaccounted", `select count(*) from unaccounted`, nil},
		{"finished_by_nobody", `select count(*) from runs r where r.id >= $1 and r.status = 'completed'
 and not exists (select 1 from attempts a where a.run_id = r.id and a.epoch = r.epoch and a.outcome = 'completed')`, []any{recent}},
	}
}

// firstID is the least UUIDv7 of a moment.
func firstID(at stamp) uuid.UUID {
	var id uuid.UUID
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

// Audit counts what must not be, by name. Every number is 0 in a healthy
// system.
func (f Fleet) Audit(ctx context.Context) (map[string]int, error) {
	found := map[string]int{}
	err := f.s.change(ctx, func(c *change) error {
		for _, i := range c.invariants(f.s.terms.Lease) {
			var n int
			if err := c.QueryRowContext(ctx, i.text, i.args...).Scan(&n); err != nil {
				return fmt.Errorf("audit %s: %w", i.name, err)
			}
			found[i.name] = n
		}
		return nil
	})
	return found, err
}

// RepairCounters counts again where the counters of a workspace have drifted,
// and returns how many it put right. It counts while it holds the counters: a
// move that is not committed then has not changed them either.
func (f Fleet) RepairCounters(ctx context.Context) (repaired int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		rows, err := c.QueryContext(ctx, `select c.workspace_id from `+drifted+` order by c.workspace_id`)
		if err != nil {
			return err
		}
		suspects, err := collect(rows, func(id *uuid.UUID) []any { return []any{id} })
		if err != nil {
			return err
		}
		repaired = 0
		for _, ws := range suspects {
			n, err := c.recount(ctx, ws)
			if err != nil {
				return err
			}
			repaired += n
		}
		return nil
	})
	return repaired, err
}

func (c *change) recount(ctx context.Context, workspace uuid.UUID) (int, error) {
	var held int
	if err := c.QueryRowContext(ctx, `select admitted from workspace_counters where workspace_id = $1`+c.wait, workspace).Scan(&held); err != nil {
		return 0, err
	}
	return c.affect(ctx, `update workspace_counters set
 admitted = coalesce((select s.admitted from (`+slots+`) s where s.workspace_id = $1), 0)
  + coalesce((select released from workspace_releases where workspace_id = $1), 0),
 queued = coalesce((select s.queued from (`+slots+`) s where s.workspace_id = $1), 0) where workspace_id = $1`, workspace)
}

// Stats is how much waits and runs, for metrics: admitted runs that nobody has
// claimed, for how long it has been the turn of the first of them, and runs
// that are held by workers.
func (f Fleet) Stats(ctx context.Context) (ready int, oldest time.Duration, running int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		var since *stamp
		if err := c.QueryRowContext(ctx, `select count(*), min(turn_at) from runs
 where status = 'pending' and admit_epoch = epoch and next_at <= $1`, c.now).Scan(&ready, &since); err != nil {
			return err
		}
		if since != nil {
			oldest = max(0, c.now.Sub(since.Time))
		}
		return c.QueryRowContext(ctx, `select count(*) from runs where status = 'running'`).Scan(&running)
	})
	return ready, oldest, running, err
}
