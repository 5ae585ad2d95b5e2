package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/run"
)

// leaveRuns moves every run that its lease still holds, writes the last records
// of its journal, closes the attempt, and releases the slot.
// What it returns was not fenced. It is moves.go in one statement.
const leaveRuns = `
with h as (
  select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[])
    as h (run, epoch, status, reason, response, error, error_code, usage, outcome, heard)
), f as (
  update runs r set
    status = case when h.status = 'waiting' and r.answers > h.heard then 'pending' else h.status end,
    status_reason = case when h.status = 'waiting' and r.answers > h.heard then 'workspace_cap' else h.reason end, worker_id = null, lease_until = null,
    response = h.response, error = h.error, error_code = h.error_code, usage = coalesce(h.usage::jsonb, r.usage),
    finished_at = case when h.status in ('pending', 'waiting') then null else now() end,
    attempts = r.attempts - case h.status when 'pending' then 1 else 0 end,
    next_at = case when h.status in ('pending', 'waiting') then now() else r.next_at end,
    budget_ms = case h.status when 'waiting' then greatest(0, extract(epoch from r.deadline_at - now()) * 1000)::bigint else r.budget_ms end,
    deadline_at = case h.status when 'waiting' then null else r.deadline_at end
  from h where r.id = any($1) and r.id = h.run and r.epoch ` + fence + ` h.epoch and case r.status when 'running' then true else false end
  returning r.id, r.epoch, h.epoch as written, r.workspace_id, r.status, h.outcome
), j as (
  insert into journal (run_id, seq, epoch, at, type, node, iteration, call, data)
  select u.run, u.seq, u.epoch, u.at, u.type, u.node, u.iteration, u.call, u.data
  from unnest($11::uuid[], $12::int[], $13::int[], $14::timestamptz[], $15::text[], $16::text[], $17::int[], $18::text[], $19::text[])
    as u (run, seq, epoch, at, type, node, iteration, call, data)
  join f on f.id = u.run and f.written = u.epoch
), a as (
  update attempts t set ended_at = now(), outcome = f.outcome from f
  where t.run_id = any($1) and t.run_id = f.id and t.epoch = f.epoch
)`

const (
	// endRuns is leaveRuns for runs that are over.
	endRuns = leaveRuns + releaseSlots

	// queueRuns is leaveRuns for runs of which some may go back to the queue.
	queueRuns = leaveRuns + `, q as (
  select workspace_id, count(*) as n from f where status = 'pending' group by workspace_id
), k as (
  select workspace_id from workspace_counters where workspace_id = any(array(select workspace_id from q)) order by workspace_id for no key update
), x as (
  update workspace_counters c set queued = c.queued + q.n
  from q join k on k.workspace_id = q.workspace_id
  where c.workspace_id = any(array(select workspace_id from q)) and c.workspace_id = q.workspace_id
)` + releaseSlots

	// releaseSlots locks rows that nobody else holds while he waits for others, in
	// the order of their ids.
	releaseSlots = `, l as (
  insert into workspace_releases as e (workspace_id, released)
  select workspace_id, count(*) from f group by workspace_id order by workspace_id
  on conflict (workspace_id) do update set released = e.released + excluded.released
)
select id, written from f`
)

func (b batched) leave(ctx context.Context, items []leaving) ([]answer[none], error) {
	first := firstLeavings(items)
	entries := column(first, func(l leaving) entry { return l.entry })
	leases := column(first, func(l leaving) run.Lease { return l.lease })
	args := append([]any{
		leaseRuns(leases), leaseEpochs(leases),
		column(first, func(l leaving) string { return string(l.status) }),
		column(first, func(l leaving) string { return string(l.why()) }),
		column(first, func(l leaving) *string { return l.end.response }),
		column(first, func(l leaving) string { return l.end.message }),
		column(first, func(l leaving) *string { return (*string)(l.end.code) }),
		column(first, func(l leaving) *string { return l.usage() }),
		column(first, func(l leaving) string { return string(l.attempt) }),
		column(first, func(l leaving) int { return l.heard }),
	}, recordColumns(entries)...)
	statement := endRuns
	if slices.ContainsFunc(first, leaving.mayQueue) {
		statement = queueRuns
	}
	left, err := b.leases(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("leave %d runs: %w", len(items), err)
	}
	return answerLeavings(items, left), nil
}

// firstLeavings keeps the first of several ways to leave one run.
func firstLeavings(items []leaving) []leaving {
	seen := map[run.Lease]bool{}
	var first []leaving
	for _, l := range items {
		if !seen[l.lease] {
			seen[l.lease] = true
			first = append(first, l)
		}
	}
	return first
}

// answerLeavings hands each run that was left to one caller only.
func answerLeavings(items []leaving, left map[run.Lease]bool) []answer[none] {
	answers := make([]answer[none], len(items))
	for i, l := range items {
		if !left[l.lease] {
			answers[i] = fenced(l.lease)
		}
		delete(left, l.lease)
	}
	return answers
}

// mayQueue says that the run may be in the queue afterwards: one that is to wait
// may have been answered meanwhile.
func (l leaving) mayQueue() bool { return !l.status.Terminal() }

// why is the status reason: an end brings its own.
func (l leaving) why() run.Reason {
	if l.status.Terminal() {
		return l.end.reason
	}
	return l.reason
}

func (l leaving) usage() *string {
	if l.end.usage == "" {
		return nil
	}
	return &l.end.usage
}
