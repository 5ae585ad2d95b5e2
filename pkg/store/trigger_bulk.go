package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// PauseTriggers pauses every active trigger that the filter finds and may
// allows, for a reason, in one transaction. It gives the triggers that it
// paused; those that were paused before keep their own reason. may must not use
// the store.
func (t Tenant) PauseTriggers(ctx context.Context, f TriggerFilter, reason string, may func(trigger.Trigger) bool) ([]trigger.Trigger, error) {
	f.Status = trigger.Active
	return t.moveAll(ctx, f, trigger.Paused, reason, may)
}

// ResumeTriggers lets every paused trigger that the filter finds and may allows
// fire again, as PauseTriggers pauses them. With a reason it resumes only those
// that were paused for it.
func (t Tenant) ResumeTriggers(ctx context.Context, f TriggerFilter, reason string, may func(trigger.Trigger) bool) ([]trigger.Trigger, error) {
	f.Status = trigger.Paused
	return t.moveAll(ctx, f, trigger.Active, "", func(g trigger.Trigger) bool {
		return (reason == "" || g.PausedReason == reason) && may(g)
	})
}

// inOneStatement bounds the ids that one statement names.
const inOneStatement = 500

func (t Tenant) moveAll(ctx context.Context, f TriggerFilter, status trigger.Status, reason string, may func(trigger.Trigger) bool) ([]trigger.Trigger, error) {
	if err := cmp.Or(f.check(), checkReason(reason)); err != nil {
		return nil, err
	}
	var rows []triggerRow
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		rows = nil
		query := t.matching(t.triggers(tx.Clauses(forUpdate("triggers"))), f)
		if err := query.Order("triggers.id").Find(&rows).Error; err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(r triggerRow) bool { return !may(r.noun()) })
		now := t.s.stamp()
		t.mark.Settle() // when nothing changes
		for i, row := range rows {
			rows[i] = row.in(status, reason)
			rows[i].Revision, rows[i].UpdatedAt = row.Revision+1, now
			if err := t.altered(tx, row.object(), row.audited(), rows[i].audited()); err != nil {
				return err
			}
			if err := t.keepUp(tx, &row, rows[i]); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(rows, inOneStatement) {
			if err := t.moved(tx, some).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return nouns(rows, triggerRow.noun), err
}

// moved writes the status that all the rows have in common.
func (t Tenant) moved(tx *gorm.DB, rows []triggerRow) *gorm.DB {
	ids := nouns(rows, func(r triggerRow) uuid.UUID { return r.ID })
	return t.rows(tx, "triggers").Where("id in ?", ids).Updates(map[string]any{
		"status": rows[0].Status, "paused_reason": rows[0].PausedReason, "archived_from": rows[0].ArchivedFrom,
		"revision": gorm.Expr("revision + 1"), "updated_at": rows[0].UpdatedAt,
	})
}
