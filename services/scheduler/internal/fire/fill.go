package fire

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

var _ store.Filler = clockwork{}

// Fill decides about the moments of a backfill, one after the other, until
// something stands in the way. It says no to nothing for good but to a moment
// whose message cannot be computed: whatever else keeps a run from starting may
// be put right while the backfill stands still.
func (c clockwork) Fill(f store.Filling) (out store.Filled) {
	j := judge{clockwork: c, scheduled: f.Scheduled, usual: f.Workspace.DefaultEnvironment, places: map[string]*place{}}
	j.look()
	exclusive := f.Trigger.Policies.Overlap != "" && f.Trigger.Policies.Overlap != trigger.Allow
	free := f.Backfill.MaxActive - f.Active
	for i, slot := range f.Slots {
		if undecided(f.Position, slot.At) {
			out.Stands = "the schedule has not decided about " + slot.At.Format(time.RFC3339) + " itself"
			return out
		}
		found := f.Found[i]
		if !found.Filled(f.Backfill.Mode) {
			out.Slots = append(out.Slots, store.FilledSlot{Keep: true})
			continue
		}
		at := j.place(slot.Environment)
		switch {
		case free == 0:
			return out
		case exclusive && f.Active+at.fresh > 0:
			return out
		case exclusive && len(at.busy) > 0:
			out.Stands = at.obstacle()
			return out
		}
		filled, stands := j.fill(f.Backfill.ID, slot, found.Fire)
		if out.Stands = stands; stands != "" {
			return out
		}
		if out.Slots = append(out.Slots, filled); filled.Start != nil {
			free--
			at.fresh++
		}
	}
	return out
}

// undecided says that the schedule itself is still to decide about a moment.
func undecided(p store.Position, at time.Time) bool {
	ahead := p.Nominal != nil && !at.Before(*p.Nominal)
	paused := p.PauseFrom != nil && !at.Before(*p.PauseFrom) && (p.PauseUntil == nil || at.Before(*p.PauseUntil))
	return ahead || paused
}

// fill lets a moment start a run after all, or says what stands in the way.
func (j *judge) fill(by uuid.UUID, slot trigger.Slot, was *trigger.Fire) (filled store.FilledSlot, stands string) {
	f := trigger.Fire{
		Trigger: j.scheduled.Trigger.ID, Environment: slot.Environment, At: slot.At, Until: slot.At, Count: 1,
		Disposition: trigger.Backfilled, Reason: history(by, was), DecidedAt: j.scheduled.Now,
	}
	start, err := j.prepare(f, 0, by)
	switch code := fault.Of(err).Code; {
	case err == nil:
		f.Run = start.Run.ID
		return store.FilledSlot{Fire: f, Start: &start}, ""
	case code == fault.TriggerPaused, code == fault.NotFound, code == fault.NoBuild:
		_, stands = launch.Disposition(err)
		return filled, stands
	case was != nil && was.Run != uuid.Nil:
		return store.FilledSlot{Keep: true}, "" // its first run stays on record
	}
	f.Disposition, f.Reason = trigger.SkippedError, fmt.Sprintf("%s: %v", f.Reason, err)
	return store.FilledSlot{Fire: f}, ""
}

// history says what a moment was before a backfill came to it.
func history(by uuid.UUID, was *trigger.Fire) string {
	switch text := "backfill " + by.String(); {
	case was == nil:
		return text
	case was.Run != uuid.Nil:
		return text + ", after run " + was.Run.String()
	default:
		return text + ", after " + string(was.Disposition)
	}
}
