package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// Found is what is recorded of a moment in an environment before a backfill
// decides about it.
type Found struct {
	// Fire is the record, or the one of several moments that it belongs to; nil
	// when there is none.
	Fire *trigger.Fire
	// Run is how the run of the record stands; empty when there is none any more.
	Run run.Status
	// Forgotten says that there may have been a record that is not kept any more.
	Forgotten bool
}

// Filled says whether a backfill starts a run for the moment. One of which
// nothing is known any more may well have started one.
func (f Found) Filled(m trigger.BackfillMode) bool {
	return m.Takes(f.Fire, f.Run == run.StatusFailed) && (!f.Forgotten || m == trigger.AllMoments)
}

const (
	firesOfMoments = `select ` + fireColumns + ` from fires where workspace_id = $2 and trigger_id = $3 and `
	rangesBetween  = `select ` + fireColumns + ` from fires
 where count > 1 and workspace_id = $1 and trigger_id = $2 and until_at >= $3 and nominal_at <= $4`
)

// past is what a trigger may have recorded: from when it was made, and up to when
// records may be gone.
type past struct {
	workspace, of uuid.UUID
	made          time.Time
	keptFrom      *time.Time
}

func (p past) forgets(at time.Time) bool {
	return p.keptFrom != nil && !at.After(*p.keptFrom) && !at.Before(p.made)
}

// found reads what is recorded of the slots of a trigger.
func (c *change) found(ctx context.Context, p past, slots []trigger.Slot) ([]Found, error) {
	if len(slots) == 0 {
		return nil, nil
	}
	which, arg := c.amongMoments("nominal_at", slots)
	rows, err := c.QueryContext(ctx, firesOfMoments+which, arg, p.workspace, p.of)
	if err != nil {
		return nil, err
	}
	single, err := collect(rows, (*fireRow).fields)
	if err != nil {
		return nil, err
	}
	if rows, err = c.QueryContext(ctx, rangesBetween, p.workspace, p.of, stampOf(slots[0].At), stampOf(slots[len(slots)-1].At)); err != nil {
		return nil, err
	}
	ranges, err := collect(rows, (*fireRow).fields)
	if err != nil {
		return nil, err
	}
	all := make([]Found, len(slots))
	for i, s := range slots {
		all[i].Fire = recordOf(s, single, ranges)
		all[i].Forgotten = all[i].Fire == nil && p.forgets(s.At)
	}
	return all, c.standings(ctx, p.workspace, all)
}

// recordOf is the record of a slot: its own, or else one that it belongs to.
func recordOf(s trigger.Slot, single, ranges []fireRow) *trigger.Fire {
	for _, r := range single {
		if r.Environment == s.Environment && r.NominalAt.Equal(s.At) {
			f := r.noun()
			return &f
		}
	}
	for _, r := range ranges {
		if r.Environment == s.Environment && !s.At.Before(r.NominalAt.Time) && !s.At.After(r.UntilAt.Time) {
			f := r.noun()
			return &f
		}
	}
	return nil
}

// standings reads how the runs of records stand.
func (c *change) standings(ctx context.Context, workspace uuid.UUID, all []Found) error {
	var ids []uuid.UUID
	for _, f := range all {
		if f.Fire != nil && f.Fire.Run != uuid.Nil {
			ids = append(ids, f.Fire.Run)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	which, arg := c.among("id", ids)
	rows, err := c.QueryContext(ctx, `select id, status from runs where `+which+` and workspace_id = $2`, arg, workspace)
	if err != nil {
		return err
	}
	type line struct {
		id     uuid.UUID
		status run.Status
	}
	lines, err := collect(rows, func(l *line) []any { return []any{&l.id, &l.status} })
	of := make(map[uuid.UUID]run.Status, len(lines))
	for _, l := range lines {
		of[l.id] = l.status
	}
	for i, f := range all {
		if f.Fire != nil {
			all[i].Run = of[f.Fire.Run]
		}
	}
	return err
}

// amongMoments is the condition that a column is the moment of one of the slots,
// and its argument, which is the statement's first.
func (c *change) amongMoments(column string, slots []trigger.Slot) (condition string, arg any) {
	var moments []time.Time
	for _, s := range slots {
		moments = append(moments, s.At)
	}
	moments = slices.CompactFunc(moments, time.Time.Equal)
	if c.dialect == postgres {
		return column + " = any($1::timestamptz[])", moments
	}
	text, err := jsonText("moments", nouns(moments, func(at time.Time) string { return stampOf(at).Format(stampFormat) }))
	if err != nil {
		panic(err) // moments are texts
	}
	return column + " in (select value from json_each($1))", text
}

// schedules reads where a schedule stands.
func (c *change) schedules(ctx context.Context, workspace, of uuid.UUID) ([]scheduleRow, error) {
	rows, err := c.QueryContext(ctx, `select `+scheduleColumns+` from schedules where trigger_id = $1 and workspace_id = $2`, of, workspace)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*scheduleRow).fields)
}

// foreseen is how many slots are looked at with one question.
const foreseen = 500

// Foresee tells what a backfill that has begun would do with its moments now:
// decide is asked about each, in order, with what is recorded of it.
func (t Tenant) Foresee(ctx context.Context, b trigger.Backfill, made time.Time, decide func(trigger.Slot, Found)) error {
	table, err := b.Table(made)
	if err != nil {
		return err
	}
	slots := b.Slots(table, trigger.MaxBackfill(table))
	return t.s.change(ctx, func(c *change) error {
		stand, err := c.schedules(ctx, t.ws, b.Trigger)
		if err != nil || len(stand) == 0 {
			return err
		}
		p := past{t.ws, b.Trigger, made, moment(stand[0].KeptFrom)}
		for some := range slices.Chunk(slots, foreseen) {
			found, err := c.found(ctx, p, some)
			if err != nil {
				return err
			}
			for i, s := range some {
				decide(s, found[i])
			}
		}
		return nil
	})
}
