package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/audit"
)

type captureRow struct {
	TriggerID   uuid.UUID `gorm:"primaryKey"`
	WorkspaceID uuid.UUID
	UntilAt     stamp
}

func (captureRow) TableName() string { return "captures" }

// Capture lets the deliveries of a trigger only be kept until a moment; one that
// has passed ends it. Fault: NotFound.
func (t Tenant) Capture(ctx context.Context, ref string, until time.Time) error {
	return t.atomically(ctx, func(tx *gorm.DB) error {
		row, err := t.trigger(tx.Clauses(forUpdate("triggers")), ref)
		if err != nil {
			return err
		}
		at := stampOf(until)
		t.mark.Changed(row.object(), nil, audit.Fields{"capture_until": at.Time})
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&captureRow{row.ID, t.ws, at}).Error
	})
}

// Captured is until when the deliveries of a trigger are only kept; the zero time
// when nobody asked for it.
func (t Tenant) Captured(ctx context.Context, id uuid.UUID) (time.Time, error) {
	var rows []captureRow
	err := t.rows(t.db(ctx), "captures").Where("trigger_id = ?", id).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return time.Time{}, translate(err)
	}
	return rows[0].UntilAt.Time, nil
}
