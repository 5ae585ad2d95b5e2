package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// collapsing is a schedule whose records are looked through.
type collapsing struct {
	trigger, workspace uuid.UUID
	since              stamp
	to                 *stamp
}

// collapsedAtOnce is how many records of a schedule are looked through at a time.
const collapsedAtOnce = 3000

// CollapseFires makes one record of many in a row that started nothing for the
// same reason and were made that long ago: of some schedules, whose triggers
// come after one in the order of their ids. It says which was the last of them;
// the zero id when there are no more.
func (f Fleet) CollapseFires(ctx context.Context, after uuid.UUID, age time.Duration, limit int) (last uuid.UUID, err error) {
	err = f.s.change(ctx, func(c *change) error {
		last = uuid.Nil
		rows, err := c.QueryContext(ctx, `select trigger_id, workspace_id, since, collapsed_to from schedules where trigger_id > $1 order by trigger_id limit $2`+c.skip, after, limit)
		if err != nil {
			return err
		}
		all, err := collect(rows, func(s *collapsing) []any { return []any{&s.trigger, &s.workspace, &s.since, &s.to} })
		for _, s := range all {
			if err := c.collapse(ctx, s, c.now.plus(-age)); err != nil {
				return err
			}
		}
		if len(all) == limit {
			last = all[limit-1].trigger
		}
		return err
	})
	return last, err
}

// collapse goes on with one schedule, which it holds.
func (c *change) collapse(ctx context.Context, s collapsing, before stamp) error {
	from := s.to
	if from == nil {
		from = &stamp{}
	}
	rows, err := c.QueryContext(ctx, oldFires, s.trigger, *from, before, collapsedAtOnce)
	if err != nil {
		return err
	}
	read, err := collect(rows, (*fireRow).fields)
	if err != nil || len(read) == 0 {
		return err
	}
	places := map[string][]trigger.Fire{}
	for _, r := range read {
		places[r.Environment] = append(places[r.Environment], r.noun())
	}
	done := read[len(read)-1].NominalAt.Time
	for _, fires := range places {
		gone, whole, open := trigger.Collapse(fires, s.since.Time)
		if err := c.replaceFires(ctx, s.workspace, gone, whole); err != nil {
			return err
		}
		if open.Before(done) && (len(read) < collapsedAtOnce || open.After(from.Time)) {
			done = open // what comes later may join
		}
	}
	if done.Equal(from.Time) {
		return nil
	}
	_, err = c.affect(ctx, `update schedules set collapsed_to = $2 where trigger_id = $1`, s.trigger, stampOf(done))
	return err
}

const oldFires = `select ` + fireColumns + ` from fires where trigger_id = $1 and nominal_at >= $2 and decided_at < $3 order by nominal_at limit $4`

// replaceFires writes records in place of others.
func (c *change) replaceFires(ctx context.Context, workspace uuid.UUID, gone, whole []trigger.Fire) error {
	for _, f := range gone {
		if _, err := c.affect(ctx, `delete from fires where trigger_id = $1 and nominal_at = $2 and environment = $3`, f.Trigger, stampOf(f.At), f.Environment); err != nil {
			return err
		}
	}
	return c.insertNew(ctx, nouns(whole, func(f trigger.Fire) []any { return fireLine(workspace, f) }))
}
