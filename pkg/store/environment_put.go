package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
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
	err := cmp.Or(checkEnvironment(environment), checkName(r.Name), checkText("last4", r.Last4), r.checkSize())
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
		} else if err := t.roomFor(tx, environment, r.Kind); err != nil {
			return err
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

// Every run reads its whole environment, so that both how much it holds and how
// large each value is are bounded.
const (
	maxValues = 500
	maxValue  = 64 << 10
	// sealing is more than what a seal adds to a value.
	sealing = 256
)

func (r valueRow) checkSize() error {
	most := maxValue
	if r.Kind == SecretValue {
		most += sealing
	}
	if len(r.Value) > most {
		return invalid("value", fmt.Sprintf("a value has at most %d bytes", maxValue))
	}
	return nil
}

// roomFor refuses one value more than an environment may hold of a kind.
func (t Tenant) roomFor(tx *gorm.DB, environment string, kind ValueKind) error {
	var held int64
	if err := t.values(tx, environment).Where("kind = ?", kind).Count(&held).Error; err != nil {
		return err
	}
	if held >= maxValues {
		return fault.New(fault.Conflict, "%s holds %d %ss, and no more may: take one away first", environment, maxValues, kind)
	}
	return nil
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
