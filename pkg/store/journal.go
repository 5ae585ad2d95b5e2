package store

import (
	"context"
	"encoding/json"
	"slices"

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
// in order. It is empty for a run that does not exist.
func (t Tenant) Journal(ctx context.Context, id uuid.UUID, after, limit int) ([]run.Record, error) {
	return t.records(ctx, journalOf+` and j.seq > ? order by j.seq limit ?`, t.ws, id, after, limit)
}

// LastLogs reads the newest n records of a run, in order.
func (t Tenant) LastLogs(ctx context.Context, id uuid.UUID, n int) ([]run.Record, error) {
	records, err := t.records(ctx, journalOf+` order by j.seq desc limit ?`, t.ws, id, n)
	slices.Reverse(records)
	return records, err
}

func (t Tenant) records(ctx context.Context, text string, args ...any) ([]run.Record, error) {
	var rows []recordRow
	if err := t.db(ctx).Raw(text, args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	return nouns(rows, recordRow.noun), nil
}
