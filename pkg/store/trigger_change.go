package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

// ChangeTrigger lets edit make another trigger of the one that is there, and
// nobody changes it in between. What edit returns is stored as PutTrigger would,
// under the old name; an error of its own ends the matter. edit must not use the
// store. With ifRevision the trigger must be at that revision; else
// fault.RevisionMismatch.
func (t Tenant) ChangeTrigger(ctx context.Context, ref string, ifRevision *int, edit func(trigger.Trigger) (trigger.Trigger, error)) (trigger.Trigger, error) {
	var row triggerRow
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		old, err := t.trigger(tx.Clauses(forUpdate("triggers")), ref)
		switch {
		case err != nil:
			return err
		case ifRevision != nil && *ifRevision != old.Revision:
			return errRevision
		}
		wanted, err := edit(old.noun())
		if err != nil {
			return err
		}
		if wanted.Name != old.Name {
			return fault.New(fault.CodeInvalid, "the name of a trigger never changes")
		}
		if err := checkTrigger(wanted); err != nil {
			return err
		}
		target, err := t.target(tx, wanted)
		if err != nil {
			return err
		}
		row, err = t.replace(tx, old, t.s.newTrigger(t.ws, wanted, target), wanted.Status)
		return err
	})
	return row.noun(), err
}
