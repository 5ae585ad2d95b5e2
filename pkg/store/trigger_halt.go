package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// autoPauseRow is a trigger that paused itself and that nobody has resumed.
type autoPauseRow struct {
	TriggerID   uuid.UUID `gorm:"primaryKey"`
	WorkspaceID uuid.UUID
	PausedAt    stamp
}

func (autoPauseRow) TableName() string { return "auto_pauses" }

// HaltTrigger lets a trigger pause itself, which is an alarm until somebody
// resumes it. One that is not active stays as it is.
func (t Tenant) HaltTrigger(ctx context.Context, ref, reason string) (trigger.Trigger, error) {
	if err := checkReason(reason); err != nil {
		return trigger.Trigger{}, err
	}
	return t.move(ctx, ref, func(row triggerRow) (triggerRow, error) {
		if row.Status == trigger.Active {
			row = row.in(trigger.Paused, reason)
			row.halted = true
		}
		return row, nil
	})
}

// autoPause remembers that a trigger pauses itself, until it is active again.
func (t Tenant) autoPause(tx *gorm.DB, old *triggerRow, row triggerRow) error {
	switch {
	case row.halted:
		now, err := t.s.clock(tx)
		if err != nil {
			return err
		}
		return tx.Clauses(unlessThere).Create(&autoPauseRow{row.ID, t.ws, now}).Error
	case old != nil && old.Status != trigger.Active && row.Status == trigger.Active:
		return t.forgetPause(tx, row.ID)
	}
	return nil
}

func (t Tenant) forgetPause(tx *gorm.DB, id uuid.UUID) error {
	return t.rows(tx, "auto_pauses").Where("trigger_id = ?", id).Delete(&autoPauseRow{}).Error
}
