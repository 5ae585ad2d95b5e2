package store

import (
	"context"
	"slices"

	"github.com/onsethq/onset/pkg/run"
)

// ExpireAsks settles asks whose time has come, lets their runs go on, and
// returns how many there were. Runs are locked in the order of their ids, and
// those that somebody else is moving are left for the next time.
func (f Fleet) ExpireAsks(ctx context.Context, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		n = 0
		due, err := c.asks(ctx, `where status = 'open' and until is not null and until <= $1 order by until limit $2`, c.now, limit)
		if err != nil {
			return err
		}
		slices.SortFunc(due, func(a, b askRow) int { return slices.Compare(a.RunID[:], b.RunID[:]) })
		for _, a := range due {
			of, err := c.lives(ctx, `where id = $1`+c.skip, a.RunID)
			if err != nil {
				return err
			}
			if len(of) == 0 {
				continue
			}
			refusal, err := c.settleAsk(ctx, of[0], of[0], a.ID, AskExpired, run.Answer{Decision: run.Expired})
			if err != nil {
				return err
			}
			if refusal == nil {
				n++
			}
		}
		return nil
	})
	return n, err
}
