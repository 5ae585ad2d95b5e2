package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

// mostBackfills is how many backfills of a workspace go on at once.
const mostBackfills = 50

// CreateBackfill keeps a backfill that has begun (Backfill.Begin); schedulers go
// on with it. Faults: Conflict when too many go on, IdempotencyConflict when the
// key made something else. fresh is false when the key had already made it.
func (t Tenant) CreateBackfill(ctx context.Context, b trigger.Backfill, once Once) (made trigger.Backfill, fresh bool, err error) {
	var row backfillRow
	err = t.atomically(ctx, func(tx *gorm.DB) error {
		now, err := t.s.clock(tx)
		if err != nil {
			return err
		}
		b.ID = newID()
		id, err := t.once(tx, "backfills/"+b.Trigger.String(), once, b.ID)
		if err != nil {
			return err
		}
		if fresh = id == b.ID; !fresh {
			t.mark.Settle()
			row, err = t.backfill(tx, b.Trigger, id)
			return err
		}
		if err := t.fewBackfills(tx); err != nil {
			return err
		}
		row = t.backfillRow(b, now)
		name, err := t.nameOf(tx, b.Trigger)
		if err != nil {
			return err
		}
		t.mark.Changed(backfillObject(name, row.ID), nil, row.audited())
		return tx.Create(&row).Error
	})
	return row.noun(), fresh, err
}

// fewBackfills refuses one more while too many go on.
func (t Tenant) fewBackfills(tx *gorm.DB) error {
	var n int64
	err := t.rows(tx, "backfills").Where("status = 'running'").Count(&n).Error
	if err == nil && n >= mostBackfills {
		err = fault.New(fault.Conflict, "%d backfills of the workspace go on already: wait for one to end, or abort one", n)
	}
	return err
}

// AbortBackfill ends a backfill: it starts nothing more. Runs that it has started
// go on. Fault: AlreadyFinished when it has ended.
func (t Tenant) AbortBackfill(ctx context.Context, of, id uuid.UUID) (trigger.Backfill, error) {
	var row backfillRow
	err := t.atomically(ctx, func(tx *gorm.DB) (err error) {
		if row, err = t.backfill(tx.Clauses(forUpdate("backfills")), of, id); err != nil {
			return err
		}
		if row.Status != trigger.BackfillRunning {
			return fault.New(fault.AlreadyFinished, "the backfill is %s already", row.Status)
		}
		before, now := row.audited(), t.s.stamp()
		row.Status, row.Reason, row.LookAt, row.FinishedAt = trigger.BackfillAborted, "somebody aborted it", nil, &now
		name, err := t.nameOf(tx, of)
		if err != nil {
			return err
		}
		t.mark.Changed(backfillObject(name, id), before, row.audited())
		return t.rows(tx, "backfills").Where("id = ?", id).
			Updates(map[string]any{"status": row.Status, "reason": row.Reason, "look_at": nil, "finished_at": row.FinishedAt}).Error
	})
	return row.noun(), err
}

func (t Tenant) nameOf(tx *gorm.DB, id uuid.UUID) (name string, err error) {
	err = t.rows(tx, "triggers").Where("id = ? and deleted_at is null", id).Select("name").Take(&name).Error
	return name, notFound(err, "trigger", id.String())
}

func backfillObject(of string, id uuid.UUID) string {
	return fmt.Sprintf("trigger/%s/backfill/%s", of, id)
}
