package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/pkg/trigger"
)

// errRecorded is that a moment got a record while its schedule was held: the
// lock was lost, and the transaction must not commit.
var errRecorded = errors.New("somebody else has recorded a moment of the backfill")

// fill accepts the runs of what was decided, as far as their workspace has room,
// and writes the records. Where there is no room decided ends.
func (c *change) fill(ctx context.Context, f Filling, table *schedule.Table, decided *Filled, out *Backfilled) error {
	var ruled []Ruled
	for _, s := range decided.Slots {
		if !s.Keep {
			ruled = append(ruled, Ruled{Fire: s.Fire, Start: s.Start})
		}
	}
	rooms, err := c.rooms(ctx, ruled, nil)
	if err != nil {
		return err
	}
	var fired Fired
	for i := range decided.Slots {
		s := &decided.Slots[i]
		if s.Keep || s.Start == nil {
			continue
		}
		r := Ruled{Fire: s.Fire, Start: s.Start}
		if err := c.startOne(ctx, rooms, &r, &fired); err != nil {
			return err
		}
		if r.Disposition == trigger.SkippedQueueFull {
			decided.Slots, decided.Stands = decided.Slots[:i], r.Reason
			break
		}
		if s.Fire = r.Fire; r.Run == uuid.Nil {
			s.Start = nil
		}
	}
	out.Accepted = fired.Accepted
	if err := c.recordSlots(ctx, f, table, decided.Slots); err != nil {
		return err
	}
	for _, s := range decided.Slots {
		if !s.Keep {
			out.Fires = append(out.Fires, s.Fire)
		}
	}
	return nil
}

// recordSlots writes the records of slots: over those that are there, out of
// those of several moments, and anew.
func (c *change) recordSlots(ctx context.Context, f Filling, moments *schedule.Table, slots []FilledSlot) error {
	var fresh, runs [][]any
	parted := map[fireKey]*parting{}
	for i, s := range slots {
		if s.Keep {
			continue
		}
		if s.Start != nil {
			runs = append(runs, []any{f.Backfill.ID, stampOf(s.At), s.Environment, f.Backfill.Workspace, s.Run, false})
		}
		switch was := f.Found[i].Fire; {
		case was == nil:
			fresh = append(fresh, fireLine(f.Backfill.Workspace, s.Fire))
		case was.Count > 1:
			key := keyOf(*was)
			if parted[key] == nil {
				parted[key] = &parting{whole: *was}
			}
			parted[key].own = append(parted[key].own, s.At)
			fresh = append(fresh, fireLine(f.Backfill.Workspace, s.Fire))
		default:
			if err := c.amend(ctx, s.Fire); err != nil {
				return err
			}
		}
	}
	for _, p := range parted {
		left, err := c.part(ctx, f.Backfill.Workspace, *p, moments)
		if err != nil {
			return err
		}
		fresh = append(fresh, left...)
	}
	if err := c.insertNew(ctx, fresh); err != nil {
		return err
	}
	return c.put(ctx, table.insert, startedRuns, runs)
}

var startedRuns = table{name: "backfill_runs", keys: []string{"backfill_id", "nominal_at", "environment"}, columns: []string{"workspace_id", "run_id", "ended"}}

// parting is a record of several moments of which some get records of their own.
type parting struct {
	whole trigger.Fire
	own   []time.Time
}

// part takes a record away and gives what is left of it, to be written.
func (c *change) part(ctx context.Context, workspace uuid.UUID, p parting, table *schedule.Table) (left [][]any, err error) {
	n, err := c.affect(ctx, `delete from fires where trigger_id = $1 and nominal_at = $2 and environment = $3`, p.whole.Trigger, stampOf(p.whole.At), p.whole.Environment)
	if err == nil && n != 1 {
		err = errRecorded
	}
	if err != nil {
		return nil, err
	}
	for _, piece := range p.whole.Without(table, p.own) {
		left = append(left, fireLine(workspace, piece))
	}
	return left, nil
}

// insertNew writes records of which none may be there.
func (c *change) insertNew(ctx context.Context, lines [][]any) error {
	if len(lines) == 0 {
		return nil
	}
	written := map[fireKey]bool{}
	if err := insertFires(ctx, c, c.dialect, lines, written); err != nil {
		return err
	}
	if len(written) != len(lines) {
		return fmt.Errorf("%d of %d: %w", len(lines)-len(written), len(lines), errRecorded)
	}
	return nil
}
