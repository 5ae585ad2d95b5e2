package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/run"
)

// Claim is a run that a worker holds from now on, for one lease.
type Claim struct {
	Run run.Run
	// Left is how long the run may still execute, by the database's clock.
	Left time.Duration
	// Answers is how many of its asks were settled so far: what Load reads
	// holds at least these.
	Answers int

	around *Surroundings // nil when they were not to be had with the claim
}

// ClaimReady gives the worker up to limit admitted runs of the class, in the
// order of their turns. Each claim raises the epoch, by which every later write
// is judged.
func (f Fleet) ClaimReady(ctx context.Context, class run.Class, worker string, limit int) ([]Claim, error) {
	claims, err := f.s.hot.claim(ctx, class, worker, limit)
	if err != nil {
		return nil, translate(err)
	}
	f.survey(ctx, claims)
	return claims, nil
}

// claimReady walks the index of admitted runs in the order of their turns, and
// goes back to the rows that it locked by their places. One that was rewritten
// between the choice and the lock is not at its place for this statement, and
// left to the bell that whoever rewrote it rings.
const claimReady = `
with k as (
  select ctid as place from runs
  where class = $1 and status = 'pending' and admit_epoch = epoch and next_at <= now() and cancel_at is null
    and (start_by is null or started_at is not null or start_by > now())
  order by turn_at, id limit $2 for no key update skip locked
), c as (
  update runs r set status = 'running', status_reason = '', epoch = r.epoch + 1, attempts = r.attempts + 1, worker_id = $3,
    lease_until = now() + $4::bigint * interval '1 microsecond', started_at = coalesce(r.started_at, now()),
    deadline_at = coalesce(r.deadline_at, now() + r.budget_ms * interval '1 millisecond')
  where r.ctid = any(array(select place from k)) and case r.status when 'pending' then r.admit_epoch = r.epoch and r.cancel_at is null else false end
  returning ` + claimColumns + `, turn_at, answers
), a as (
  insert into attempts (run_id, epoch, worker_id, started_at) select id, epoch, $3, now() from c
)
select ` + claimColumns + `, (extract(epoch from deadline_at - now()) * 1000000)::bigint, answers from c order by turn_at, id`

func (b batched) claim(ctx context.Context, class run.Class, worker string, limit int) ([]Claim, error) {
	rows, err := b.hot.Query(ctx, claimReady, string(class), limit, worker, b.terms.Lease.Microseconds())
	if err != nil {
		return nil, err
	}
	// The targets of all rows are the same: a run has twenty-two, and a claim up to
	// some hundred runs.
	var row claimRow
	var claims []Claim
	_, err = pgx.ForEachRow(rows, row.fields(), func() error {
		claims = append(claims, row.claim())
		row = claimRow{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claimRow is a row that claimReady returns.
type claimRow struct {
	runRow
	left    int64 // microseconds
	answers int
}

func (r *claimRow) fields() []any { return append(r.claimFields(), &r.left, &r.answers) }

func (r *claimRow) claim() Claim {
	r.Status = run.StatusRunning
	return Claim{Run: r.noun(), Left: time.Duration(r.left) * time.Microsecond, Answers: r.answers}
}

func (p plain) claim(ctx context.Context, class run.Class, worker string, limit int) (claims []Claim, err error) {
	err = p.s.change(ctx, func(c *change) error {
		claims = nil
		ready, err := c.ready(ctx, class, limit)
		if err != nil {
			return err
		}
		for _, r := range ready {
			held := r.life.claim(c.now, worker, p.s.terms.Lease)
			c.save(r.life, held)
			claims = append(claims, Claim{Run: r.claimed(held), Left: held.deadlineAt.Sub(c.now.Time), Answers: held.answers})
		}
		return nil
	})
	return claims, err
}

// readyRow is a run that may be claimed: what a worker is told of it, and its
// life.
type readyRow struct {
	runRow
	life life
}

func (r *readyRow) fields() []any { return append(r.runRow.fields(), r.life.fields()...) }

// ready reads the runs of the class that may be claimed, in the order of their
// turns.
func (c *change) ready(ctx context.Context, class run.Class, limit int) ([]readyRow, error) {
	rows, err := c.QueryContext(ctx, `select `+runColumns+`, `+lifeColumns+` from runs
 where class = $1 and status = 'pending' and admit_epoch = epoch and next_at <= $2 and cancel_at is null
 and (start_by is null or started_at is not null or start_by > $2) order by turn_at, id limit $3`, class, c.now, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*readyRow).fields)
}

// claimed is the run as its claim leaves it.
func (r readyRow) claimed(l life) run.Run {
	r.Status, r.StatusReason, r.Epoch, r.Attempts = l.status, l.reason, l.epoch, l.attempts
	r.StartedAt, r.DeadlineAt = l.startedAt, l.deadlineAt
	return r.noun()
}
