package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Run reads a run of the workspace. Callers that ask at the same time share one
// statement. Fault: NotFound.
func (t Tenant) Run(ctx context.Context, id uuid.UUID) (run.Run, error) {
	return t.s.flush.read.do(ctx, address{t.ws, id})
}

// address is a run as its workspace asks for it.
type address struct{ workspace, run uuid.UUID }

func (address) size() int { return 32 }

func noRun(id uuid.UUID) error { return fault.New(fault.NotFound, "run %q does not exist", id) }

// readings finds runs.
var readings = question[address, runRow]{
	postgres: `select h.n, ` + runColumns + ` from unnest($1::uuid[], $2::uuid[]) with ordinality as h (run, workspace, n)
 cross join lateral (select * from runs r where r.id = h.run and r.workspace_id = h.workspace offset 0) r`,
	columns: addressColumns,
	sqlite: `with h as (select key, value ->> 0 as run, value ->> 1 as workspace from json_each(?))
 select h.key, ` + runColumns + ` from h join runs r on r.id = h.run and r.workspace_id = h.workspace`,
	line:   func(a address) []any { return []any{a.run, a.workspace} },
	fields: (*runRow).fields,
}

func addressColumns(items []address) []any {
	return []any{column(items, func(a address) uuid.UUID { return a.run }), column(items, func(a address) uuid.UUID { return a.workspace })}
}

func runOf(a address, rows []runRow) (run.Run, error) {
	if len(rows) == 0 {
		return run.Run{}, noRun(a.run)
	}
	return rows[0].noun(), nil
}

// stored reads a run on its own.
func (t Tenant) stored(ctx context.Context, id uuid.UUID) (run.Run, error) {
	var r runRow
	err := t.db(ctx).Raw(`select `+runColumns+` from runs where id = ? and workspace_id = ?`, id, t.ws).Row().Scan(r.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return run.Run{}, noRun(id)
	}
	return r.noun(), err
}

// run reads a run inside a transaction, as it is by now.
func (c *change) run(ctx context.Context, id uuid.UUID) (run.Run, error) {
	if err := c.flush(ctx); err != nil {
		return run.Run{}, err
	}
	var r runRow
	err := c.QueryRowContext(ctx, `select `+runColumns+` from runs where id = $1`, id).Scan(r.fields()...)
	return r.noun(), err
}

// runs reads runs inside a transaction on SQLite, as they are by now.
func (c *change) runs(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]run.Run, error) {
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	list, err := jsonText("ids", ids)
	if err != nil {
		return nil, err
	}
	rows, err := c.QueryContext(ctx, `select `+runColumns+` from runs where id in (select value from json_each($1))`, list)
	if err != nil {
		return nil, err
	}
	all, err := collect(rows, (*runRow).fields)
	found := make(map[uuid.UUID]run.Run, len(all))
	for _, r := range all {
		found[r.ID] = r.noun()
	}
	return found, err
}

// RunFilter narrows a list of runs; empty fields do not.
type RunFilter struct {
	Trigger     string // id or name
	Graph       string // id or name
	Environment string
	Status      []run.Status
	Since       *time.Time // created at or after
	Until       *time.Time // created before
	Tag         string
}

// Runs lists the workspace's runs, newest first.
func (t Tenant) Runs(ctx context.Context, f RunFilter, p Page) ([]run.Run, string, error) {
	for path, text := range map[string]string{"trigger": f.Trigger, "graph": f.Graph, "environment": f.Environment, "tag": f.Tag} {
		if err := checkText(path, text); err != nil {
			return nil, "", err
		}
	}
	query := t.rows(t.db(ctx), "runs")
	if f.Trigger != "" {
		query = query.Where(called("trigger", f.Trigger))
	}
	if f.Graph != "" {
		query = query.Where(called("graph", f.Graph))
	}
	if f.Environment != "" {
		query = query.Where("runs.environment = ?", f.Environment)
	}
	if len(f.Status) > 0 {
		query = query.Where("runs.status in ?", f.Status)
	}
	if f.Since != nil {
		query = query.Where("runs.created_at >= ?", stampOf(*f.Since))
	}
	if f.Until != nil {
		query = query.Where("runs.created_at < ?", stampOf(*f.Until))
	}
	if f.Tag != "" {
		query = query.Where(t.s.dialect.tagged(), f.Tag)
	}
	rows, next, err := newest[runRow](t, "runs", "runs.id", p, query)
	return nouns(rows, runRow.noun), next, err
}

// called is the condition that finds runs by what a reference to their trigger
// or graph means.
func called(noun, ref string) (condition string, value any) {
	if id, ok := refID(ref); ok {
		return "runs." + noun + "_id = ?", id
	}
	return "runs." + noun + "_name = ?", ref
}

// tagged is the condition that finds runs with a tag.
func (d dialect) tagged() string {
	if d == postgres {
		return "runs.tags @> to_jsonb(array[?::text])"
	}
	return "exists (select 1 from json_each(runs.tags) where value = ?)"
}
