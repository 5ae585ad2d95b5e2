package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Outlined is a record of a journal without what it says.
type Outlined struct {
	Seq  int
	Type run.RecordType
	run.Step
}

// Outline is all of a run's journal without what it says, in order: a journal may
// weigh a thousand times as much as the part of it that somebody asks for. It is
// empty for a run that does not exist.
func (t Tenant) Outline(ctx context.Context, id uuid.UUID) ([]Outlined, error) {
	var rows []recordRow
	err := t.db(ctx).Raw(`select j.seq, j.type, j.node, j.iteration, j.call from journal j join runs r on r.id = j.run_id
 where r.workspace_id = ? and j.run_id = ? order by j.seq`, t.ws, id).Scan(&rows).Error
	return nouns(rows, func(r recordRow) Outlined {
		return Outlined{r.Seq, r.Type, run.Step{Node: r.Node, Iteration: r.Iteration, Call: r.Call}}
	}), translate(err)
}

// Records reads those records of a run that have one of the sequence numbers, in
// order.
func (t Tenant) Records(ctx context.Context, id uuid.UUID, seqs []int) ([]run.Record, error) {
	return t.records(ctx, journalOf+` and j.seq in ? order by j.seq`, t.ws, id, seqs)
}
