package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// expectationRow is a success that is expected of a trigger every so often.
type expectationRow struct {
	TriggerID   uuid.UUID `gorm:"primaryKey"`
	Environment string    `gorm:"primaryKey"` // "" is any
	WorkspaceID uuid.UUID
	EveryS      int64
	MetAt       *stamp // the last success that is known
	DueAt       stamp  // when the next one is overdue
}

func (expectationRow) TableName() string { return "expectations" }

func (r expectationRow) every() time.Duration { return time.Duration(r.EveryS) * time.Second }

// expect lets what is expected of a trigger follow it, in the transaction that
// changes it. old is what the trigger was; nil when it is new. What is asked for
// anew begins now: it is met until somebody had the time to meet it.
func (t Tenant) expect(tx *gorm.DB, old *triggerRow, row triggerRow) error {
	if old == nil {
		old = &triggerRow{}
	}
	was, wasIn := old.expectation()
	every, in := row.expectation()
	if every == was && slices.Equal(in, wasIn) {
		return nil
	}
	if err := t.expectNothing(tx, row.ID); err != nil || every == 0 {
		return err
	}
	now, err := t.s.clock(tx)
	if err != nil {
		return err
	}
	var rows []expectationRow
	for _, environment := range in {
		rows = append(rows, expectationRow{
			TriggerID: row.ID, Environment: environment, WorkspaceID: t.ws, EveryS: int64(every / time.Second), DueAt: now.plus(every),
		})
	}
	return tx.Create(&rows).Error
}

func (t Tenant) expectNothing(tx *gorm.DB, id uuid.UUID) error {
	return t.rows(tx, "expectations").Where("trigger_id = ?", id).Delete(&expectationRow{}).Error
}

// expectation is how often a success is expected, and in which environments; 0
// when none is.
func (r triggerRow) expectation() (every time.Duration, in []string) {
	if every = r.Policies.V.Expect.Every(); every == 0 || r.Status != trigger.Active {
		return 0, nil
	}
	if in = r.Environments.V; len(in) == 0 {
		in = []string{""}
	}
	return every, in
}
