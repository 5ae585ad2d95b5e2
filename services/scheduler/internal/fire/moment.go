package fire

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// place is how an environment stands while moments are decided upon.
type place struct {
	busy  []uuid.UUID // runs that have not ended
	fresh int         // runs that start now
	waits bool        // a moment waits for them
}

func (j *judge) place(environment string) *place {
	at, known := j.places[environment]
	if !known {
		at = &place{}
		j.places[environment] = at
	}
	return at
}

// look finds the runs that have not ended. What a backfill started is not
// cancelled for a newer moment: it is about an older one.
func (j *judge) look() {
	cancels := j.scheduled.Trigger.Policies.Overlap == trigger.CancelRunning
	for _, r := range j.scheduled.Recent {
		if !r.Status.Terminal() && (r.Cause.Backfill == "" || !cancels) {
			at := j.place(r.Environment)
			at.busy = append(at.busy, r.ID)
		}
	}
}

// waiting starts what has waited for a run that has ended.
func (j *judge) waiting() {
	for _, f := range j.scheduled.Waiting {
		at := j.place(f.Environment)
		if len(at.busy)+at.fresh > 0 && j.scheduled.Trigger.Policies.Overlap == trigger.QueueOne {
			at.waits = true
			continue
		}
		j.start(f, 0, true)
	}
}

// moment decides about one moment in an environment.
func (j *judge) moment(m trigger.Moment, environment string) {
	f := m.Fire(j.scheduled.Trigger.ID, environment, j.scheduled.Now)
	if f.Disposition != trigger.Started {
		j.skip(f)
		return
	}
	at := j.place(environment)
	if len(at.busy)+at.fresh == 0 {
		j.start(f, m.Missed, false)
		return
	}
	switch policy := j.scheduled.Trigger.Policies.Overlap; {
	case policy == trigger.SkipOverlap:
		f.Disposition, f.Reason = trigger.SkippedOverlap, at.obstacle()
		j.skip(f)
	case policy == trigger.QueueOne && at.waits:
		f.Disposition, f.Reason = trigger.SkippedOverlap, at.obstacle()+", and one moment waits for that already"
		j.skip(f)
	case policy == trigger.QueueOne:
		f.Disposition, f.Reason, at.waits = trigger.Waits, at.obstacle(), true
		j.skip(f)
	case policy == trigger.CancelRunning && at.fresh > 0:
		f.Disposition, f.Reason = trigger.SkippedOverlap, at.obstacle()
		j.skip(f)
	case policy == trigger.CancelRunning:
		if j.start(f, m.Missed, false) {
			j.ruling.Cancel, at.busy = append(j.ruling.Cancel, at.busy...), nil
		}
	default:
		j.start(f, m.Missed, false)
	}
}

func (p *place) obstacle() string {
	if len(p.busy) == 0 {
		return "the run of the moment before has not ended"
	}
	return fmt.Sprintf("run %s has not ended", p.busy[0])
}

func (j *judge) skip(f trigger.Fire) { j.ruling.Fires = append(j.ruling.Fires, store.Ruled{Fire: f}) }

// start lets a moment start a run, or says why it does not.
func (j *judge) start(f trigger.Fire, missed int, waited bool) bool {
	s := j.scheduled
	f.Disposition, f.Reason, f.DecidedAt = trigger.Started, "", s.Now
	start, err := j.prepare(f, missed, uuid.Nil)
	if err != nil {
		f.Disposition, f.Reason = launch.Disposition(err)
		j.ruling.Fires = append(j.ruling.Fires, store.Ruled{Fire: f, Waited: waited})
		return false
	}
	f.Run = start.Run.ID
	j.place(f.Environment).fresh++
	j.ruling.Fires = append(j.ruling.Fires, store.Ruled{Fire: f, Start: &start, Waited: waited})
	return true
}

// filling bounds the templates of one event: other schedules wait for it.
const filling = 250 * time.Millisecond

// prepare makes the run of a moment; by is the backfill that starts it, if one
// does.
func (j *judge) prepare(f trigger.Fire, missed int, by uuid.UUID) (run.Start, error) {
	s := j.scheduled
	start := launch.Start{
		Workspace: s.Workspace, Trigger: s.Trigger, Build: s.Builds[f.Environment], Environment: f.Environment,
		Class: run.Background, Cause: trigger.KindSchedule, ScheduledFor: &f.At, Lateness: s.Now.Sub(f.At), Backfill: by,
	}
	if err := start.Refusal(); err != nil {
		return run.Start{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), filling)
	defer cancel()
	event, err := j.event(ctx, f, missed)
	if err != nil {
		return run.Start{}, err
	}
	start.Event = event
	return j.launcher.Prepare(start)
}
