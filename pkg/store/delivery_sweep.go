package store

import (
	"context"

	"github.com/google/uuid"
)

// SweepDeliveries deletes deliveries that were kept for as long as was promised,
// with their bodies, at most limit.
func (f Fleet) SweepDeliveries(ctx context.Context, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		rows, err := c.QueryContext(ctx, `select id from deliveries where keep_until <= $1 order by keep_until limit $2`+c.skip, c.now, limit)
		if err != nil {
			return err
		}
		over, err := collect(rows, func(id *uuid.UUID) []any { return []any{id} })
		if n = len(over); err != nil || n == 0 {
			return err
		}
		for table, key := range map[string]string{"delivery_bodies": "delivery_id", "deliveries": "id"} {
			which, arg := c.among(key, over)
			if _, err := c.affect(ctx, "delete from "+table+" where "+which, arg); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
