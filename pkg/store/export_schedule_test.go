package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// TurnBack moves where a schedule stands back in time, as if nobody had looked
// at it for so long.
func (s *Store) TurnBack(ctx context.Context, id uuid.UUID, by time.Duration) error {
	var r scheduleRow
	if err := s.db.WithContext(ctx).Where("trigger_id = ?", id).Take(&r).Error; err != nil {
		return err
	}
	for _, at := range []*stamp{r.NominalAt, r.NextAt, r.GapFrom, r.GapUntil} {
		if at != nil {
			*at = at.plus(-by)
		}
	}
	return s.db.WithContext(ctx).Save(&r).Error
}
