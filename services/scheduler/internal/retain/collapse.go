package retain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

const (
	// schedules is of how many the records are collapsed at a time, and batches how
	// many times that is done in a minute; the others come later.
	schedules = 20
	batches   = 10
	// young records are shown one by one.
	young = 24 * time.Hour
)

// collapse goes on, each time, with the schedules after the last one.
func (k Keeper) collapse() func(ctx context.Context) error {
	var last uuid.UUID
	return func(ctx context.Context) (err error) {
		for range batches {
			if last, err = k.Store.CollapseFires(ctx, last, young, schedules); err != nil || last == uuid.Nil {
				return err
			}
		}
		return nil
	}
}
