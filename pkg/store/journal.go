package store

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

type recordRow struct {
	Seq       int
	Epoch     int
	At        stamp
	Type      run.RecordType
	Node      string
	Iteration int
	Call      string
	Data      *document[json.RawMessage]
}

func (r recordRow) noun() run.Record {
	noun := run.Record{Seq: r.Seq, Epoch: r.Epoch, At: r.At.Time, Type: r.Type, Node: r.Node, Iteration: r.Iteration, Call: r.Call}
	if r.Data != nil {
		noun.Data = r.Data.V
	}
	return noun
}

// The journal has no workspace of its own; its run has.
const journalOf = `select j.seq, j.epoch, j.at, j.type, j.node, j.iteration, j.call, j.data
 from journal j join runs r on r.id = j.run_id where r.workspace_id = ? and j.run_id = ?`

// Journal reads up to limit records of a run that come after a sequence number,
// in order. What is kept apart is missing in them (Whole). It is empty for a run that does not exist.
func (t Tenant) Journal(ctx context.Context, id uuid.UUID, after, limit int) ([]run.Record, error) {
	return t.records(ctx, journalOf+` and j.seq > ? order by j.seq limit ?`, t.ws, id, after, limit)
}

// tailing is the newest records of a run, as its workspace asks for them.
type tailing struct {
	address
	records int
}

const journalColumns = `j.seq, j.epoch, j.at, j.type, j.node, j.iteration, j.call, j.data`

// fields are where a row of journalColumns is read to.
func (r *recordRow) fields() []any {
	return []any{&r.Seq, &r.Epoch, &r.At, &r.Type, &r.Node, &r.Iteration, &r.Call, &r.Data}
}

// tails finds the newest records of runs. SQLite cannot limit a join, but a
// journal is counted without gaps, so its end begins at a known place.
var tails = question[tailing, recordRow]{
	postgres: `select h.n, ` + journalColumns + ` from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality as h (run, workspace, records, n)
 cross join lateral (select from runs r where r.id = h.run and r.workspace_id = h.workspace offset 0) r
 cross join lateral (select * from journal j where j.run_id = h.run order by j.seq desc limit h.records) j
 order by h.n, j.seq`,
	columns: func(items []tailing) []any {
		return append(addressColumns(column(items, func(t tailing) address { return t.address })),
			column(items, func(t tailing) int { return t.records }))
	},
	sqlite: `select h.key, ` + journalColumns + ` from json_each(?) h
 join runs r on r.id = h.value ->> 0 and r.workspace_id = h.value ->> 1
 join journal j on j.run_id = r.id and j.seq > (select max(seq) from journal where run_id = h.value ->> 0) - (h.value ->> 2)
 order by h.key, j.seq`,
	line:   func(t tailing) []any { return []any{t.run, t.workspace, t.records} },
	fields: (*recordRow).fields,
}

func recordsOf(_ tailing, rows []recordRow) ([]run.Record, error) {
	return nouns(rows, recordRow.noun), nil
}

// LastLogs reads the newest n records of a run, in order. Callers that ask at
// the same time share one statement.
func (t Tenant) LastLogs(ctx context.Context, id uuid.UUID, n int) ([]run.Record, error) {
	return t.s.flush.tail.do(ctx, tailing{address{t.ws, id}, n})
}

// Decided are the edges that a run's records before a sequence number have
// decided, by index, in the present lap of each loop: true is taken.
func (t Tenant) Decided(ctx context.Context, id uuid.UUID, before int) (map[int]bool, error) {
	var rows []struct {
		Edges *document[map[int]bool]
		Lap   *document[run.Lap]
	}
	data := t.s.dialect.json("j.data")
	err := t.db(ctx).Raw(`select `+data+` -> 'edges' as edges, `+data+` -> 'lap' as lap from journal j join runs r on r.id = j.run_id
 where r.workspace_id = ? and j.run_id = ? and j.seq < ? and j.type in ? and j.call = '' order by j.seq`,
		t.ws, id, before, []run.RecordType{run.StepCompleted, run.StepFailed}).Scan(&rows).Error
	edges := map[int]bool{}
	for _, row := range rows {
		if row.Edges != nil {
			maps.Copy(edges, row.Edges.V)
		}
		if row.Lap != nil {
			row.Lap.V.Reopen(edges)
		}
	}
	return edges, translate(err)
}

// HasRun says whether a run's journal tells of a node.
func (t Tenant) HasRun(ctx context.Context, id uuid.UUID, node string) (yes bool, err error) {
	err = t.db(ctx).Raw(`select exists (select 1 from journal j join runs r on r.id = j.run_id
 where r.workspace_id = ? and j.run_id = ? and j.node = ?)`, t.ws, id, node).Scan(&yes).Error
	return yes, translate(err)
}

func (t Tenant) records(ctx context.Context, text string, args ...any) ([]run.Record, error) {
	var rows []recordRow
	if err := t.db(ctx).Raw(text, args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	return nouns(rows, recordRow.noun), nil
}
