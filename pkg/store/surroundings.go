package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/model"
)

// Surroundings are what a run finds where it happens. Runs that were claimed
// together share them: nobody writes to them.
type Surroundings struct {
	// Variables, Sealed and Models are what the run's environment holds at the
	// claim.
	Variables map[string]string
	Sealed    map[string]Sealed
	Models    map[string]model.Connection
	// TriggerKind is the kind of the trigger that started the run, deleted
	// or not; empty when none did.
	TriggerKind string
}

// survey reads the surroundings of claimed runs, once for those that happen at the
// same place. They are claimed already: what cannot be read now is left to Load.
func (f Fleet) survey(ctx context.Context, claims []Claim) {
	if len(claims) == 0 {
		return
	}
	answers, err := f.s.survey(ctx, column(claims, Claim.place))
	if err != nil {
		return
	}
	for i := range answers {
		if answers[i].err == nil {
			claims[i].around = &answers[i].value
		}
	}
}

// around are the surroundings of a claim.
func (f Fleet) around(ctx context.Context, c Claim) (Surroundings, error) {
	if c.around != nil {
		return *c.around, nil
	}
	answers, err := f.s.survey(ctx, []place{c.place()})
	if err != nil {
		return Surroundings{}, err
	}
	return answers[0].value, answers[0].err
}

func (s *Store) survey(ctx context.Context, places []place) ([]answer[Surroundings], error) {
	return asked(s, surroundings, surroundingsOf)(ctx, places)
}

// place is where a run happens.
type place struct {
	workspace, trigger uuid.UUID
	environment        string
}

func (c Claim) place() place { return place{c.Run.Workspace, c.Run.TriggerID, c.Run.Environment} }

// fields are where a row of surroundings is read to.
func (r *valueRow) fields() []any { return []any{&r.Kind, &r.Name, &r.Value, &r.Version} }

// surroundings finds what environments hold and what kind triggers are, in one
// statement because it runs with every claim.
var surroundings = question[place, valueRow]{
	postgres: `select h.n, v.* from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as h (workspace, trigger, environment, n)
 cross join lateral (
   select kind, name, value, version from environment_values v where v.workspace_id = h.workspace and v.environment = h.environment
   union all
   select 'trigger', t.kind, null, 0 from triggers t where t.id = h.trigger and t.workspace_id = h.workspace offset 0) v`,
	columns: func(items []place) []any {
		return []any{
			column(items, func(p place) uuid.UUID { return p.workspace }), column(items, func(p place) uuid.UUID { return p.trigger }),
			column(items, func(p place) string { return p.environment }),
		}
	},
	sqlite: `with h as (select key, value ->> 0 as workspace, value ->> 1 as trigger, value ->> 2 as environment from json_each(?))
 select h.key, v.kind, v.name, v.value, v.version from h join environment_values v on v.workspace_id = h.workspace and v.environment = h.environment
 union all
 select h.key, 'trigger', t.kind, null, 0 from h join triggers t on t.id = h.trigger and t.workspace_id = h.workspace`,
	line:   func(p place) []any { return []any{p.workspace, p.trigger, p.environment} },
	fields: (*valueRow).fields,
}

func surroundingsOf(_ place, rows []valueRow) (Surroundings, error) {
	s := Surroundings{Variables: map[string]string{}, Sealed: map[string]Sealed{}, Models: map[string]model.Connection{}}
	for _, row := range rows {
		switch row.Kind {
		case VariableValue:
			s.Variables[row.Name] = string(row.Value)
		case SecretValue:
			s.Sealed[row.Name] = Sealed{Bytes: row.Value, Version: row.Version}
		case ModelValue:
			c, err := connection(row)
			if err != nil {
				return Surroundings{}, err
			}
			s.Models[row.Name] = c
		default:
			s.TriggerKind = row.Name
		}
	}
	return s, nil
}
