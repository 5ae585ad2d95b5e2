package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// Filling is a backfill that is to go on, with what a decision about it needs.
type Filling struct {
	Scheduled
	Backfill trigger.Backfill
	// Slots are to be decided next, in order; Found is what is recorded of each.
	Slots []trigger.Slot
	Found []Found
	// Active is how many of its runs have not ended.
	Active int
}

// Filler decides how backfills go on. It must not use the store.
type Filler interface {
	Wants(g trigger.Trigger) Wants
	Fill(f Filling) Filled
}

// Filled is what was decided.
type Filled struct {
	// Slots are the first of those that were to be decided, as far as nothing
	// stood in the way.
	Slots []FilledSlot
	// Stands is why there are not more; empty when there are, or when only runs of
	// the backfill are waited for.
	Stands string
}

// FilledSlot is what becomes of a slot: it is kept as it is, or gets a record,
// with the run that it starts.
type FilledSlot struct {
	Keep bool
	trigger.Fire
	Start *run.Start
}

// Backfilled is what one step of a backfill came to.
type Backfilled struct {
	// Found says that there was one to go on with.
	Found    bool
	Fires    []trigger.Fire
	Accepted []run.Accepted
	// Wait is how long none is to be looked at; negative when none ever is.
	Wait time.Duration
	// Stopped is a backfill that cannot go on, and Why; the zero id when none is.
	Stopped uuid.UUID
	Why     error
}

const (
	// portion is how many slots one transaction decides.
	portion = 200
	// fillAgain is how often a backfill that waits for something is looked at.
	fillAgain = 500 * time.Millisecond
)

// Backfill goes on with one backfill that nobody else is going on with: what
// becomes of its moments, the runs that it starts and how far it has come are
// one transaction. One that cannot go on is stopped and harms no other.
func (f Fleet) Backfill(ctx context.Context, filler Filler) (Backfilled, error) {
	var held uuid.UUID
	var out Backfilled
	err := f.s.change(ctx, func(c *change) error {
		out, held = Backfilled{}, uuid.Nil
		rows, err := c.dueBackfills(ctx)
		if err != nil {
			return err
		}
		if out.Found = len(rows) > 0; out.Found {
			held = rows[0].ID
			if err := c.backfill(ctx, rows[0], filler, &out); err != nil {
				return err
			}
		}
		out.Wait, err = c.calmBackfills(ctx)
		return err
	})
	if err == nil || held == uuid.Nil || ctx.Err() != nil || errors.Is(err, fault.Unavailable) {
		return out, err
	}
	return Backfilled{Found: true, Stopped: held, Why: err}, f.stopBackfill(ctx, held)
}

func (f Fleet) stopBackfill(ctx context.Context, id uuid.UUID) error {
	return f.s.change(ctx, func(c *change) error {
		_, err := c.affect(ctx, `update backfills set status = 'aborted', reason = $2, look_at = null, finished_at = $3 where id = $1 and status = 'running'`,
			id, "it could not go on: ask for another one", c.now)
		return err
	})
}

// backfill goes on with the backfill that it holds.
func (c *change) backfill(ctx context.Context, row backfillRow, filler Filler, out *Backfilled) error {
	stand, err := c.holdSchedule(ctx, row.TriggerID)
	if err != nil {
		return err
	}
	if len(stand) == 0 {
		row.ends(c.now, trigger.BackfillAborted, "the trigger was deleted, or does not go by the clock any more")
		return c.saveBackfill(ctx, row)
	}
	scheduled, err := c.scheduled(ctx, stand, filler.Wants)
	if err != nil {
		return err
	}
	f := Filling{Scheduled: scheduled[0], Backfill: row.noun()}
	table, err := f.Backfill.Table(f.Trigger.CreatedAt)
	if err != nil {
		row.ends(c.now, trigger.BackfillAborted, err.Error())
		return c.saveBackfill(ctx, row)
	}
	f.Slots = f.Backfill.Slots(table, portion)
	if f.Found, err = c.found(ctx, past{row.WorkspaceID, row.TriggerID, f.Trigger.CreatedAt, moment(stand[0].KeptFrom)}, f.Slots); err != nil {
		return err
	}
	if f.Active, err = c.active(ctx, row); err != nil {
		return err
	}
	decided := filler.Fill(f)
	if err := c.fill(ctx, f, table, &decided, out); err != nil {
		return err
	}
	return c.saveBackfill(ctx, row.after(f, table, decided, c.now))
}
