package store

import (
	"context"
	"database/sql"
	"errors"

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

// reading is a run as it is read, with the version of its row.
type reading struct {
	runRow
	version uint32 // the transaction that wrote it; zero on a database that keeps none
}

func (r *reading) fields() []any { return append(r.runRow.fields(), &r.version) }

// readings finds runs.
var readings = question[address, reading]{
	postgres: `select h.n, ` + runColumns + `, r.version from unnest($1::uuid[], $2::uuid[]) with ordinality as h (run, workspace, n)
 cross join lateral (select r.xmin as version, * from runs r where r.id = h.run and r.workspace_id = h.workspace offset 0) r`,
	columns: addressColumns,
	sqlite: `with h as (select key, value ->> 0 as run, value ->> 1 as workspace from json_each(?))
 select h.key, ` + runColumns + `, 0 from h join runs r on r.id = h.run and r.workspace_id = h.workspace`,
	line:   func(a address) []any { return []any{a.run, a.workspace} },
	fields: (*reading).fields,
}

func addressColumns(items []address) []any {
	return []any{column(items, func(a address) uuid.UUID { return a.run }), column(items, func(a address) uuid.UUID { return a.workspace })}
}

func runOf(a address, rows []reading) (run.Run, error) {
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
