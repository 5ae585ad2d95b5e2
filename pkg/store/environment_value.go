package store

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/model"
)

func (r valueRow) place() string { return r.Name }

// Value is one thing that an environment holds. Of Text, Last4 and Model it has
// the one that belongs to its kind.
type Value struct {
	Name      string
	Text      string           // of a variable
	Last4     string           // of a secret
	Model     model.Connection // of a model
	Version   int              // counts the values that it has had
	UpdatedAt time.Time
}

func (r valueRow) noun() (v Value, err error) {
	v = Value{Name: r.Name, Last4: r.Last4, Version: r.Version, UpdatedAt: r.UpdatedAt.Time}
	switch r.Kind {
	case VariableValue:
		v.Text = string(r.Value)
	case ModelValue:
		v.Model, err = connection(r)
	}
	return v, err
}

// Values lists what an environment holds of one kind, by name. Secrets stay
// closed.
func (t Tenant) Values(ctx context.Context, environment string, kind ValueKind, p Page) ([]Value, string, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, "", err
	}
	query := t.values(t.db(ctx), environment).Where("kind = ?", kind)
	rows, next, err := named[valueRow](t, string(kind)+"s of "+environment, "environment_values.name", p, query)
	if err != nil {
		return nil, "", err
	}
	all := make([]Value, len(rows))
	for i, r := range rows {
		if all[i], err = r.noun(); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}

// Value finds one of them by its name.
func (t Tenant) Value(ctx context.Context, environment string, kind ValueKind, name string) (Value, error) {
	if err := checkEnvironment(environment); err != nil {
		return Value{}, err
	}
	if checkName(name) != nil {
		name = ""
	}
	var row valueRow
	err := t.values(t.db(ctx), environment).Where("kind = ? and name = ?", kind, name).Take(&row).Error
	if err != nil {
		return Value{}, translate(notFound(err, string(kind), name))
	}
	return row.noun()
}
