package store

import "context"

// SweepDeliveries deletes deliveries that were kept for as long as was promised,
// with their bodies, at most limit.
func (f Fleet) SweepDeliveries(ctx context.Context, limit int) (n int, err error) {
	const over = `(select id from deliveries where keep_until <= $1 order by keep_until, id limit $2)`
	err = f.s.change(ctx, func(c *change) error {
		if _, err := c.affect(ctx, `delete from delivery_bodies where delivery_id in `+over, c.now, limit); err != nil {
			return err
		}
		n, err = c.affect(ctx, `delete from deliveries where id in `+over, c.now, limit)
		return err
	})
	return n, err
}
