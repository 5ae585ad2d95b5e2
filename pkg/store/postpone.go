package store

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

// Postpone gives a run back untouched, and nobody claims it before the pause is
// over: its worker cannot execute it, and another one may. The attempt does not
// count; the deadline clock goes on. Fault: Fenced.
func (f Fleet) Postpone(ctx context.Context, l run.Lease, pause time.Duration) error {
	return f.s.judge(f.s.change(ctx, func(c *change) error {
		held, err := c.lives(ctx, `where id = $1 and status = 'running'`+c.wait, l.Run)
		if err != nil {
			return err
		}
		if len(held) == 0 || !holds(held[0].epoch, l) {
			return fenced(l).err
		}
		c.save(held[0], held[0].postpone(c.now, pause))
		return nil
	}))
}
