package store

import (
	"context"

	"github.com/onsethq/onset/pkg/run"
)

// Due finds admitted runs of the class that nobody has claimed although their
// bell has rung, and long enough ago that it is taken for lost: 30 s after the
// first, then twice as long each time, up to 10 min. What it returns is to be
// rung; that it was rung is committed before, because the other order would
// ring for a state that may not come to be.
func (f Fleet) Due(ctx context.Context, class run.Class, limit int) (leases []run.Lease, err error) {
	err = f.s.change(ctx, func(c *change) error {
		leases = nil
		due, err := c.lives(ctx, `where class = $1 and status = 'pending' and admit_epoch = epoch and bell_at <= $2
 order by turn_at, id limit $3`+c.skip, class, c.now, limit)
		if err != nil {
			return err
		}
		for _, l := range due {
			c.save(l, l.ring(c.now))
			leases = append(leases, l.lease())
		}
		return nil
	})
	return leases, err
}

// Unring makes every bell due because Redis has lost what was rung. It returns
// how many there were.
func (f Fleet) Unring(ctx context.Context) (total int, err error) {
	const part = 1000
	for {
		var n int
		err := f.s.change(ctx, func(c *change) (err error) {
			n, err = c.affect(ctx, `update runs set bell_at = $1 where id in (
 select id from runs where status = 'pending' and admit_epoch = epoch and bell_at > $1 order by id limit $2`+c.skip+`)`, c.now, part)
			return err
		})
		total += n
		if err != nil || n < part {
			return total, err
		}
	}
}
