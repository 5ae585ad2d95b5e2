package store

import (
	"cmp"
	"context"
	"fmt"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

// SetTriggerStatus pauses a trigger for a reason, lets it fire again, or
// archives it. The same status again changes nothing, unless it brings another
// reason. What is archived is fault.Conflict until it is restored.
func (t Tenant) SetTriggerStatus(ctx context.Context, ref string, status trigger.Status, reason string) (trigger.Trigger, error) {
	if err := cmp.Or(checkStatus(status), checkReason(reason)); err != nil {
		return trigger.Trigger{}, err
	}
	return t.move(ctx, ref, func(row triggerRow) (triggerRow, error) {
		if row.Status == trigger.Archived && status != trigger.Archived {
			return row, fault.New(fault.Conflict, "trigger %q is archived: restore it first", row.Name)
		}
		return row.in(status, reason), nil
	})
}

// RestoreTrigger takes a trigger out of the archive: it is active or paused
// again, as it was before. One that is not archived stays as it is.
func (t Tenant) RestoreTrigger(ctx context.Context, ref string) (trigger.Trigger, error) {
	return t.move(ctx, ref, func(row triggerRow) (triggerRow, error) {
		if row.Status != trigger.Archived {
			return row, nil
		}
		return row.in(cmp.Or(row.ArchivedFrom, trigger.Active), row.PausedReason), nil
	})
}

// move writes what to makes of a trigger's status.
func (t Tenant) move(ctx context.Context, ref string, to func(triggerRow) (triggerRow, error)) (trigger.Trigger, error) {
	var row triggerRow
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		old, err := t.trigger(tx.Clauses(forUpdate("triggers")), ref)
		if err != nil {
			return err
		}
		if row, err = to(old); err != nil || row.Status == old.Status && row.PausedReason == old.PausedReason {
			t.mark.Settle()
			return err
		}
		t.mark.Changed(row.object(), old.audited(), row.audited())
		row.Revision, row.UpdatedAt = row.Revision+1, t.s.stamp()
		return t.save(tx, old, row)
	})
	return row.noun(), err
}

// in is the row in a status. The archive remembers what it was and why; a row
// that is paused already keeps its reason when no other is given.
func (r triggerRow) in(status trigger.Status, reason string) triggerRow {
	switch {
	case status == r.Status && (reason == "" || status != trigger.Paused):
		return r
	case status == trigger.Archived:
		r.ArchivedFrom = r.Status
	case status == trigger.Active:
		r.PausedReason, r.ArchivedFrom = "", ""
	default:
		r.PausedReason, r.ArchivedFrom = reason, ""
	}
	r.Status = status
	return r
}

// maxReason is as long as a label's value: a reason stands in every list.
const maxReason = 255

func checkReason(reason string) error {
	if utf8.RuneCountInString(reason) > maxReason {
		return invalid("reason", fmt.Sprintf("a reason has at most %d characters", maxReason))
	}
	return checkText("reason", reason)
}

func checkStatus(s trigger.Status) error {
	switch s {
	case trigger.Active, trigger.Paused, trigger.Archived:
		return nil
	}
	return invalid("status", "a status is active, paused or archived")
}
