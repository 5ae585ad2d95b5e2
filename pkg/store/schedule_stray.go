package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// astray are schedules that the clock would never lead to, or too late: only
// somebody's own SQL can leave them so. The index schedules_stray has the same
// condition, word for word, and is empty.
const astray = `nominal_at is not null and (next_at is null or nominal_at > next_at or nominal_at < '1970-01-01T00:00:00.000000Z')`

// farthest is further than any schedule looks ahead.
const farthest = 12 * 366 * 24 * time.Hour

// stray and distant find them: as many as there are rows in an index that is
// empty, and the end of another one.
const (
	stray   = "select trigger_id from schedules where " + astray + " and (next_at is null or next_at > $1) order by since limit $2"
	distant = "select trigger_id from schedules where next_at > $1 order by next_at limit $2"
)

// Gather lets schedules that have gone astray be looked at, at most limit of
// each sort, and says how many they are.
func (f Fleet) Gather(ctx context.Context, limit int) (gathered int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		gathered = 0
		for text, beyond := range map[string]stamp{stray: c.now, distant: c.now.plus(farthest)} {
			rows, err := c.QueryContext(ctx, text+c.skip, beyond, limit)
			if err != nil {
				return err
			}
			ids, err := collect(rows, func(id *uuid.UUID) []any { return []any{id} })
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				continue
			}
			which, arg := c.among("trigger_id", ids)
			n, err := c.affect(ctx, "update schedules set next_at = $2 where "+which, arg, c.now)
			if err != nil {
				return err
			}
			gathered += n
		}
		return nil
	})
	return gathered, err
}
