package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Swept is what a sweep did.
type Swept struct {
	Requeued, Failed, Cancelled int
	// Ended are the runs that ended: somebody may wait for them.
	Ended []uuid.UUID
}

// Total is how many runs were moved. A sweep that moved as many as its limit
// has more to do.
func (s Swept) Total() int { return s.Requeued + s.Failed + s.Cancelled }

func (s *Swept) count(l life) {
	switch l.status {
	case run.StatusPending:
		s.Requeued++
	case run.StatusFailed:
		s.Failed++
	case run.StatusCancelled:
		s.Cancelled++
	}
	if l.status.Terminal() {
		s.Ended = append(s.Ended, l.id)
	}
}

// SweepLeases takes runs away from workers that were silent for a whole lease:
// cancelled if somebody asked for it, failed when past the deadline or after
// too many crashes in a row without a completed step, else queued again after a
// pause. Do not call it before the database was up for one whole lease: while
// it was away nobody could renew one.
func (f Fleet) SweepLeases(ctx context.Context, limit int) (Swept, error) {
	return f.sweep(ctx, limit, `where status = 'running' and lease_until <= $1`, nil,
		func(c *change, l life) (life, bool, error) {
			progressed, err := c.progressed(ctx, l)
			return l.lost(c.now, progressed), true, err
		})
}

// SweepDeadlines fails runs that outlived their deadline by the grace, even
// when their worker's heart still beats.
func (f Fleet) SweepDeadlines(ctx context.Context, limit int) (Swept, error) {
	return f.sweep(ctx, limit, `where status = 'running' and deadline_at < $1`, func(now stamp) stamp { return now.plus(-run.Grace) },
		func(c *change, l life) (life, bool, error) { return l.overdue(c.now), true, nil })
}

// SweepExpired fails pending runs whose deadline has passed, or that were to
// have started by now and never did.
func (f Fleet) SweepExpired(ctx context.Context, limit int) (Swept, error) {
	return f.sweep(ctx, limit, `where status = 'pending' and (deadline_at <= $1 or start_by <= $1 and started_at is null) and `+bounded, nil, expire)
}

// SweepCancelled closes pending runs that were asked to stop while a worker
// held them.
func (f Fleet) SweepCancelled(ctx context.Context, limit int) (Swept, error) {
	return f.sweep(ctx, limit, `where status = 'pending' and cancel_at <= $1 and `+bounded, nil, expire)
}

// bounded is the condition of the index runs_bounded, word for word: SQLite
// uses a partial index only when it can read its condition in the statement.
const bounded = `(cancel_at is not null or deadline_at is not null or start_by is not null)`

func expire(c *change, l life) (life, bool, error) {
	after, ok := l.expire(c.now)
	return after, ok, nil
}

// sweep moves the runs that a condition on a moment finds, and leaves those
// that somebody else is moving.
func (f Fleet) sweep(ctx context.Context, limit int, where string, moment func(now stamp) stamp,
	move func(c *change, l life) (after life, ok bool, err error)) (swept Swept, err error) {
	err = f.s.change(ctx, func(c *change) error {
		swept = Swept{}
		at := c.now
		if moment != nil {
			at = moment(at)
		}
		found, err := c.lives(ctx, where+` order by id limit $2`+c.skip, at, limit)
		if err != nil {
			return err
		}
		for _, before := range found {
			after, ok, err := move(c, before)
			if err != nil {
				return err
			}
			if ok {
				c.save(before, after)
				swept.count(after)
			}
		}
		return nil
	})
	return swept, err
}

// progressed says whether the attempt that holds the run completed a step.
func (c *change) progressed(ctx context.Context, l life) (yes bool, err error) {
	err = c.QueryRowContext(ctx, `select exists (select 1 from journal where run_id = $1 and epoch = $2 and type = 'step.completed')`,
		l.id, l.epoch).Scan(&yes)
	return yes, err
}

// ExpireLeases ends every lease now, for a process that knows that no other
// lives: it holds the lock on the data folder. It returns how many there were.
func (f Fleet) ExpireLeases(ctx context.Context) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		n, err = c.affect(ctx, `update runs set lease_until = $1 where status = 'running' and lease_until > $1`, c.now)
		return err
	})
	return n, err
}

// SweepKeys forgets idempotency keys whose time is over and returns how many.
func (f Fleet) SweepKeys(ctx context.Context, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		n, err = c.affect(ctx, `delete from idempotency_keys where (workspace_id, scope, key) in (
 select workspace_id, scope, key from idempotency_keys where expires_at <= $1 order by expires_at limit $2`+c.skip+`)`, c.now, limit)
		return err
	})
	return n, err
}
