package fire

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// Timed makes the events of moments.
type Timed interface {
	trigger.Timed
	LooksBack(config json.RawMessage) bool
}

// clockwork decides about schedules.
type clockwork struct {
	launcher launch.Launcher
	timed    Timed
}

var _ store.Clockwork = clockwork{}

// Wants is what the trigger's policies and templates look at.
func (c clockwork) Wants(g trigger.Trigger) store.Wants {
	back := c.timed.LooksBack(g.Config)
	return store.Wants{
		Recent: back || g.Policies.Overlap != "" && g.Policies.Overlap != trigger.Allow,
		Output: back,
		Ended:  g.Policies.AutoPause,
	}
}

// again is how often a moment that waits for a run to end is looked at.
const again = time.Second

// Rule decides what becomes of the moments that have come. A schedule that
// cannot be computed, whatever the reason, is broken, and nothing else is.
func (c clockwork) Rule(s store.Scheduled) (r store.Ruling) {
	defer func() {
		if p := recover(); p != nil {
			r = broken(s, fmt.Sprintf("the schedule cannot be computed: %v", p))
		}
	}()
	table, err := s.Trigger.Table()
	p := s.Position
	switch {
	case err != nil:
		return broken(s, err.Error())
	case p.Broken != "":
		return broken(s, p.Broken)
	case p.Nominal != nil && p.Nominal.Before(p.Since):
		return broken(s, "its next moment is one of before it began: save the trigger to let it begin anew")
	case s.Trigger.Status != trigger.Active:
		return paused(s) // its pause took the moment away; see to it that it is so
	}
	if n := failures(s); s.Trigger.Policies.AutoPause > 0 && n >= s.Trigger.Policies.AutoPause {
		return c.pause(s, n)
	}
	j := judge{clockwork: c, scheduled: s, usual: s.Workspace.DefaultEnvironment, places: map[string]*place{}}
	j.look()
	j.waiting()
	j.fire(table)
	return j.ruling
}

// broken stops a schedule until its trigger is changed.
func broken(s store.Scheduled, why string) store.Ruling {
	p := s.Position
	p.Nominal, p.Look, p.PauseFrom, p.PauseUntil, p.Broken = nil, nil, nil, nil, why
	if p.BrokenSince == nil {
		p.BrokenSince = &s.Now
	}
	return store.Ruling{Position: p}
}

// paused leaves the next moment to the pause of a trigger.
func paused(s store.Scheduled) store.Ruling {
	p := s.Position
	if p.PauseFrom == nil {
		p.PauseFrom = p.Nominal
	}
	p.Nominal, p.PauseUntil, p.Look = nil, nil, nil
	return store.Ruling{Position: p}
}

// failures is how many runs in a row have failed since the trigger began to fire
// so.
func failures(s store.Scheduled) (n int) {
	for _, r := range s.Ended {
		if r.Status != "failed" || r.CreatedAt.Before(s.Position.Since) {
			return n
		}
		n++
	}
	return n
}

// pause stops a trigger whose runs fail. Moments from now on belong to the pause.
func (c clockwork) pause(s store.Scheduled, failed int) store.Ruling {
	r := paused(s)
	r.Pause = fmt.Sprintf("paused by itself: the last %d runs have failed", failed)
	for _, f := range s.Waiting {
		f.Disposition, f.Reason = trigger.SkippedPaused, "the trigger was paused"
		r.Fires = append(r.Fires, store.Ruled{Fire: f, Waited: true})
	}
	return r
}

// judge decides about one schedule.
type judge struct {
	clockwork
	scheduled store.Scheduled
	usual     string
	places    map[string]*place
	ruling    store.Ruling
}

// fire decides about the moments of a pause that is over, or else about those
// that have come.
func (j *judge) fire(table *schedule.Table) {
	s := j.scheduled
	p := s.Position
	owed := trigger.Owed{Trigger: s.Trigger.ID, Table: table, Left: -1, Now: s.Now}
	switch {
	case p.PauseFrom != nil && p.PauseUntil != nil:
		owed.From = *p.PauseFrom
		plan := owed.PlanPause(s.Trigger.Policies, *p.PauseUntil)
		j.moments(plan.Moments)
		p.PauseFrom, p.Look = plan.Next, &s.Now
		if plan.Next == nil || !plan.Next.Before(*p.PauseUntil) {
			p.PauseFrom, p.PauseUntil, p.Look = nil, nil, nil
			if p.Nominal != nil {
				due := p.Nominal.Add(table.Delay(s.Trigger.ID, *p.Nominal))
				p.Look = &due
			}
		}
	case p.Nominal != nil:
		owed.From, owed.Left = *p.Nominal, table.Left(p.Fired)
		plan := owed.Plan(s.Trigger.Policies)
		j.moments(plan.Moments)
		p.Fired += plan.Count
		p.Nominal, p.Look = plan.Next, nil
		if plan.Next != nil {
			p.Look = &plan.Due
		}
	default:
		p.Look = nil
	}
	j.ruling.Position = j.sooner(p)
}

// sooner looks again soon while moments wait for a run to end.
func (j *judge) sooner(p store.Position) store.Position {
	for _, at := range j.places {
		if soon := j.scheduled.Now.Add(again); at.waits && (p.Look == nil || p.Look.After(soon)) {
			p.Look = &soon
		}
	}
	return p
}

func (j *judge) moments(all []trigger.Moment) {
	for _, m := range all {
		for _, environment := range j.scheduled.Trigger.Places(j.usual) {
			j.moment(m, environment)
		}
	}
}

// event is what a run begins with.
func (j *judge) event(ctx context.Context, f trigger.Fire, missed int) (trigger.Event, error) {
	o := trigger.Occasion{ScheduledFor: f.At, FiredAt: j.scheduled.Now, Missed: missed, LastOutput: j.scheduled.Output}
	told := false
	for _, r := range j.scheduled.Recent {
		if r.Environment != f.Environment {
			continue
		}
		if o.PreviousFire == nil {
			o.PreviousFire = r.Cause.ScheduledFor
		}
		if o.PreviousSuccess == nil && r.Status == "completed" {
			o.PreviousSuccess = r.Cause.ScheduledFor
		}
		if !told && r.Status.Terminal() {
			o.LastError, told = r.Error, true
		}
	}
	return j.timed.Event(ctx, j.scheduled.Trigger, o)
}
