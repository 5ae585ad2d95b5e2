package store

import (
	"context"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// Work is what a worker needs beside the run itself to move it forward.
type Work struct {
	// Graph is the definition of the run's build. It is shared between runs:
	// nobody writes to it.
	Graph graph.Graph
	// Journal is everything that earlier attempts recorded, in order.
	Journal []run.Record
	// Variables, Sealed and Models are what the run's environment holds now.
	Variables map[string]string
	Sealed    map[string]Sealed
	Models    map[string]model.Connection
	// TriggerKind is the kind of the trigger that started the run, deleted
	// or not; empty when none did.
	TriggerKind string
}

// Load reads the work of a claimed run. A build that does not exist is
// fault.NotFound.
func (f Fleet) Load(ctx context.Context, r run.Run) (Work, error) {
	t := f.s.In(r.Workspace)
	g, err := t.Definition(ctx, r.GraphID, r.Build)
	if err != nil {
		return Work{}, err
	}
	w := Work{Graph: g, Variables: map[string]string{}, Sealed: map[string]Sealed{}, Models: map[string]model.Connection{}}
	if err := t.surroundings(ctx, r, &w); err != nil {
		return Work{}, err
	}
	// Only a claim begins a journal, so the first attempt has no past.
	if r.Epoch > 1 {
		w.Journal, err = t.past(ctx, r)
	}
	return w, err
}

const surroundings = `
select kind, name, value, version from environment_values where workspace_id = ? and environment = ?
union all
select 'trigger', kind, null, 0 from triggers where workspace_id = ? and id = ?`

// surroundings fills in what the environment holds and what the trigger is, in
// one statement because it runs once per attempt.
func (t Tenant) surroundings(ctx context.Context, r run.Run, w *Work) error {
	var rows []valueRow
	err := t.db(ctx).Raw(surroundings, t.ws, r.Environment, t.ws, r.TriggerID).Scan(&rows).Error
	if err != nil {
		return translate(err)
	}
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

// past reads the whole journal of a run.
func (t Tenant) past(ctx context.Context, r run.Run) (all []run.Record, err error) {
	const part = 1000
	for after := 0; ; {
		records, err := t.Journal(ctx, r.ID, after, part)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
		if len(records) < part {
			return all, nil
		}
		after = records[len(records)-1].Seq
	}
}
