package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// forgottenFires are records that were made long ago. One that waits for a run
// to end is not over.
const forgottenFires = `select trigger_id, nominal_at, environment, until_at from fires
 where decided_at <= $1 and disposition <> 'queued' order by decided_at limit $2`

// SweepFires deletes records of moments that were made that long ago, at most
// limit, and returns how many. Their schedules remember from when on records are
// there, so that nobody takes what is gone for what never was.
func (f Fleet) SweepFires(ctx context.Context, keep time.Duration, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		before := c.now.plus(-keep)
		rows, err := c.QueryContext(ctx, forgottenFires, before, limit)
		if err != nil {
			return err
		}
		old, err := collect(rows, func(r *fireRow) []any { return []any{&r.TriggerID, &r.NominalAt, &r.Environment, &r.UntilAt} })
		if n = len(old); err != nil || n == 0 {
			return err
		}
		if err := c.forgetBefore(ctx, old); err != nil {
			return err
		}
		for _, r := range old {
			// Whoever renewed a record meanwhile, as a backfill does, held its schedule.
			if _, err := c.affect(ctx, `delete from fires where trigger_id = $1 and nominal_at = $2 and environment = $3 and decided_at <= $4`,
				r.TriggerID, r.NominalAt, r.Environment, before); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// forgetBefore lets the schedules of records remember that these go. It holds
// them, in the order of their ids.
func (c *change) forgetBefore(ctx context.Context, old []fireRow) error {
	last := map[uuid.UUID]stamp{}
	var ids []uuid.UUID
	for _, r := range old {
		at, known := last[r.TriggerID]
		if !known {
			ids = append(ids, r.TriggerID)
		}
		if !known || r.UntilAt.After(at.Time) {
			last[r.TriggerID] = r.UntilAt
		}
	}
	which, arg := c.among("trigger_id", ids)
	rows, err := c.QueryContext(ctx, `select `+scheduleColumns+` from schedules where `+which+` order by trigger_id`+c.wait, arg)
	if err != nil {
		return err
	}
	stand, err := collect(rows, (*scheduleRow).fields)
	if err != nil {
		return err
	}
	var lines [][]any
	for _, r := range stand {
		if at := last[r.TriggerID]; r.KeptFrom == nil || at.After(r.KeptFrom.Time) {
			lines = append(lines, []any{r.TriggerID, at})
		}
	}
	return c.put(ctx, table.update, keptFrom, lines)
}

var keptFrom = table{name: "schedules", keys: []string{"trigger_id"}, columns: []string{"kept_from"}}
