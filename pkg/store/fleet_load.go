package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// Work is what a worker needs beside the run itself to move it forward.
type Work struct {
	// Plan is the definition of the run's build, with the ways through it. It is
	// shared between runs: nobody writes to it.
	Plan *graph.Plan
	// Journal is everything that earlier attempts recorded, in order.
	Journal []run.Record
	// Settled is what became of all that the run asked, recorded or not.
	Settled []run.Settled
	// Replays is the run that this one repeats from the middle; nil when it
	// begins at the start.
	Replays *Replayed
	// Variables, Sealed and Models are what the run's environment holds now.
	Variables map[string]string
	Sealed    map[string]Sealed
	Models    map[string]model.Connection
	// TriggerKind is the kind of the trigger that started the run, deleted
	// or not; empty when none did.
	TriggerKind string
}

// Load reads the work of a claimed run. A build that does not exist is
// fault.NotFound; a run to repeat that goes on, fault.Unavailable.
func (f Fleet) Load(ctx context.Context, r run.Run) (Work, error) {
	t := f.s.In(r.Workspace)
	plan, err := t.plan(ctx, r.GraphID, r.Build)
	if err != nil {
		return Work{}, err
	}
	w := Work{Plan: plan, Variables: map[string]string{}, Sealed: map[string]Sealed{}, Models: map[string]model.Connection{}}
	rows, err := f.s.flush.place.do(ctx, place{r.Workspace, r.TriggerID, r.Environment})
	if err != nil {
		return Work{}, err
	}
	if err := w.holds(rows); err != nil {
		return Work{}, err
	}
	if w.Replays, err = t.replayed(ctx, r); err != nil {
		return w, err
	}
	// Only a claim begins a journal, so the first attempt has no past.
	if r.Epoch == 1 {
		return w, nil
	}
	if w.Journal, err = t.past(ctx, r); err != nil {
		return w, err
	}
	w.Settled, err = t.settled(ctx, r)
	return w, err
}

// place is where a run happens.
type place struct {
	workspace, trigger uuid.UUID
	environment        string
}

func (p place) size() int { return len(p.environment) + 32 }

// fields are where a row of surroundings is read to.
func (r *valueRow) fields() []any { return []any{&r.Kind, &r.Name, &r.Value, &r.Version} }

// surroundings finds what environments hold and what kind triggers are, in one
// statement because it runs once per attempt.
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

func valuesOf(_ place, rows []valueRow) ([]valueRow, error) { return rows, nil }

// holds fills in what the environment holds and what the trigger is.
func (w *Work) holds(rows []valueRow) (err error) {
	for _, row := range rows {
		switch row.Kind {
		case VariableValue:
			w.Variables[row.Name] = string(row.Value)
		case SecretValue:
			w.Sealed[row.Name] = Sealed{Bytes: row.Value, Version: row.Version}
		case ModelValue:
			if w.Models[row.Name], err = connection(row); err != nil {
				return err
			}
		default:
			w.TriggerKind = row.Name
		}
	}
	return nil
}

// past reads the whole journal of a run, with all that is kept apart.
func (t Tenant) past(ctx context.Context, r run.Run) (all []run.Record, err error) {
	const part = 1000
	for after := 0; ; {
		records, err := t.Journal(ctx, r.ID, after, part)
		if err != nil {
			return nil, err
		}
		if records, err = t.Whole(ctx, r.ID, records); err != nil {
			return nil, err
		}
		all = append(all, records...)
		if len(records) < part {
			return all, nil
		}
		after = records[len(records)-1].Seq
	}
}
