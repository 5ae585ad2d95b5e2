package store

import (
	"context"

	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/pkg/trigger"
)

// ends is a backfill that is over.
func (r *backfillRow) ends(now stamp, status trigger.BackfillStatus, why string) {
	r.Status, r.Reason, r.LookAt, r.FinishedAt = status, shortReason(why), nil, &now
}

// after is the backfill when a portion was decided.
func (r backfillRow) after(f Filling, table *schedule.Table, decided Filled, now stamp) backfillRow {
	for _, s := range decided.Slots {
		switch {
		case s.Keep:
			r.Kept++
		case s.Start != nil:
			r.Started++
		default:
			r.Skipped++
		}
	}
	b := f.Backfill
	var next *trigger.Slot
	switch n := len(decided.Slots); {
	case n < len(f.Slots):
		next = &f.Slots[n]
	case n > 0:
		if more := b.At(&f.Slots[n-1]).Slots(table, 2); len(more) > 1 {
			next = &more[1]
		}
	}
	b = b.At(next)
	r.NextNominal, r.Place, r.Reason = stamped(b.Next), b.Place, shortReason(decided.Stands)
	again := now.plus(fillAgain)
	r.LookAt = &again
	switch {
	case next != nil && len(decided.Slots) == len(f.Slots):
		r.LookAt = &now
	case next == nil && f.Active == 0 && r.Started == f.Backfill.Started:
		r.ends(now, trigger.BackfillCompleted, "")
	}
	return r
}

func (c *change) saveBackfill(ctx context.Context, r backfillRow) error {
	_, err := c.affect(ctx, `update backfills set status = $2, reason = $3, next_nominal = $4, place = $5, look_at = $6, started = $7, kept = $8, skipped = $9,
 finished_at = $10 where id = $1`, r.ID, string(r.Status), r.Reason, r.NextNominal, r.Place, r.LookAt, r.Started, r.Kept, r.Skipped, r.FinishedAt)
	return err
}
