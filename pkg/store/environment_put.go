package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/model"
)

// PutVariable gives the environment a variable, or its variable a new value.
func (t Tenant) PutVariable(ctx context.Context, environment, name, value string) error {
	return t.putValue(ctx, environment, valueRow{Kind: VariableValue, Name: name, Value: []byte(value)})
}

// PutSecret keeps a secret that was sealed before; last4 is what people tell it
// by. Each call raises its version.
func (t Tenant) PutSecret(ctx context.Context, environment, name string, sealed []byte, last4 string) error {
	return t.putValue(ctx, environment, valueRow{Kind: SecretValue, Name: name, Value: sealed, Last4: last4})
}

// PutModel gives the environment a connection to language models.
func (t Tenant) PutModel(ctx context.Context, environment, name string, c model.Connection) error {
	document, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write model connection %s: %w", name, err)
	}
	return t.putValue(ctx, environment, valueRow{Kind: ModelValue, Name: name, Value: document})
}

func (t Tenant) putValue(ctx context.Context, environment string, r valueRow) error {
	err := cmp.Or(checkEnvironment(environment), checkName(r.Name), checkText("last4", r.Last4))
	if err != nil {
		return err
	}
	if r.Value == nil {
		r.Value = []byte{}
	}
	r.WorkspaceID, r.Environment, r.Version, r.UpdatedAt = t.ws, environment, 1, t.s.stamp()
	set := clause.AssignmentColumns([]string{"value", "last4", "updated_at"})
	set = append(set, clause.Assignment{
		Column: clause.Column{Name: "version"},
		Value:  gorm.Expr("environment_values.version + 1"),
	})
	return t.atomically(ctx, func(tx *gorm.DB) error {
		var old []valueRow
		if err := t.value(tx, environment, r.Kind, r.Name).Find(&old).Error; err != nil {
			return err
		}
		var before audit.Fields
		if len(old) > 0 {
			before = old[0].audited()
		}
		t.mark.Changed(r.object(), before, r.audited())
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{
				{Name: "workspace_id"}, {Name: "environment"}, {Name: "kind"}, {Name: "name"},
			},
			DoUpdates: set,
		}).Create(&r).Error
	})
}

func (t Tenant) value(tx *gorm.DB, environment string, kind ValueKind, name string) *gorm.DB {
	return t.values(tx, environment).Where("kind = ? and name = ?", kind, name)
}

func (r valueRow) object() string {
	return "environment/" + r.Environment + "/" + string(r.Kind) + "/" + r.Name
}

// audited is what the audit log says of a value: that it is another one.
func (r valueRow) audited() audit.Fields { return audit.Fields{"value": audit.Hidden{Is: r.Value}} }

// DeleteValue takes a variable, secret or model connection away.
func (t Tenant) DeleteValue(ctx context.Context, environment string, kind ValueKind, name string) error {
	if err := checkEnvironment(environment); err != nil {
		return err
	}
	missing := notFound(gorm.ErrRecordNotFound, string(kind), name)
	if checkName(name) != nil {
		return missing
	}
	return t.atomically(ctx, func(tx *gorm.DB) error {
		gone := t.value(tx, environment, kind, name).Delete(&valueRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return missing
		}
		r := valueRow{Environment: environment, Kind: kind, Name: name}
		t.mark.Changed(r.object(), r.audited(), nil)
		return gone.Error
	})
}
