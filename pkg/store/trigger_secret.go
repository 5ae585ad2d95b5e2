package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/trigger"
)

type secretsRow struct{ Secrets document[[]trigger.Secret] }

// TriggerSecrets reads the secrets of a trigger, sealed, in the order in which
// they were made.
func (t Tenant) TriggerSecrets(ctx context.Context, ref string) ([]trigger.Secret, error) {
	row, err := t.trigger(t.db(ctx), ref)
	if err != nil {
		return nil, translate(err)
	}
	kept, err := t.secrets(t.db(ctx), row)
	return kept, translate(err)
}

func (t Tenant) secrets(tx *gorm.DB, of triggerRow) ([]trigger.Secret, error) {
	var row secretsRow
	err := t.rows(tx, "triggers").Select("secrets").Where("id = ?", of.ID).Take(&row).Error
	return row.Secrets.V, err
}

// ChangeTriggerSecrets lets edit make other secrets of those that a trigger has,
// and nobody changes them in between. An error of its own ends the matter. edit
// must not use the store. Secrets are no part of a trigger's revision.
func (t Tenant) ChangeTriggerSecrets(ctx context.Context, ref string, edit func([]trigger.Secret) ([]trigger.Secret, error)) ([]trigger.Secret, error) {
	var kept []trigger.Secret
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		row, err := t.trigger(tx.Clauses(forUpdate("triggers")), ref)
		if err != nil {
			return err
		}
		old, err := t.secrets(tx, row)
		if err != nil {
			return err
		}
		if kept, err = edit(old); err != nil {
			return err
		}
		t.mark.Changed(row.object(), auditedSecrets(old), auditedSecrets(kept))
		column := document[[]trigger.Secret]{append([]trigger.Secret{}, kept...)}
		return t.rows(tx, "triggers").Where("id = ?", row.ID).Update("secrets", column).Error
	})
	return kept, err
}

// auditedSecrets is what the audit log says of secrets: which they are, and when
// they count.
func auditedSecrets(all []trigger.Secret) audit.Fields {
	shown := make([]trigger.Secret, len(all))
	for i, s := range all {
		s.Sealed = nil
		shown[i] = s
	}
	return audit.Fields{"secrets": shown}
}
