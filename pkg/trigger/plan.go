package trigger

import (
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/schedule"
)

// Owed is what a schedule has not accounted for.
type Owed struct {
	Trigger uuid.UUID
	Table   *schedule.Table
	// From is the first moment that is not accounted for.
	From time.Time
	// Left is how many moments the schedule may still fire; negative: any number.
	Left int
	Now  time.Time
}

// Moment is a moment that has come, or several that start nothing.
type Moment struct {
	At    time.Time
	Until time.Time
	Count int
	// Disposition is Started when the moment shall start a run.
	Disposition Disposition
	Reason      string
	// Missed is how many moments before this one start nothing.
	Missed int
}

// Plan is what is to be done about the moments that have come.
type Plan struct {
	Moments []Moment
	// Count is how many moments the plan accounts for.
	Count int
	// Next is the first moment after them; nil when the schedule is over. It has
	// come already when there were too many for one plan.
	Next *time.Time
	// Due is when Next is to be acted upon.
	Due time.Time
}

const (
	// mostMoments is how many moments one plan accounts for.
	mostMoments = 2000
	// longRange is how many skipped moments in a row are kept one by one.
	longRange = 10
	// A start is on time for half the time to the next moment, within these.
	shortestGrace = 5 * time.Second
	longestGrace  = time.Minute
)

// Plan decides about the moments that have come. A moment that is on time starts
// a run; of those that were missed the policies choose.
func (o Owed) Plan(p Policies) Plan {
	rule := p.misfires()
	come, next := o.come(rule.max + 1 + mostMoments)
	come, next = whole(come, next, rule.max)
	missed := 0
	for missed < len(come) && !come[missed].onTime {
		missed++
	}
	if rule.mode == CatchLast && missed < len(come) {
		rule.max = 0
	}
	if next != nil && !next.due.After(o.Now) {
		rule.max = 0 // newer ones have come than these
	}
	return o.plan(come, missed, rule, SkippedMisfire, next)
}

// PlanPause decides about the moments from From to before the end of a pause.
func (o Owed) PlanPause(p Policies, end time.Time) Plan {
	rule := p.resumes()
	come, next := o.before(end, rule.max+1+mostMoments)
	come, next = whole(come, next, rule.max)
	if next != nil && next.at.Before(end) {
		rule.max = 0
	}
	return o.plan(come, len(come), rule, SkippedPaused, next)
}

// occurrence is a moment on its way into a plan.
type occurrence struct {
	at, due time.Time
	onTime  bool
}

// come are the moments whose time has come, at most so many, and the one after
// them.
func (o Owed) come(most int) (all []occurrence, next *occurrence) {
	for at := o.From; o.Left < 0 || len(all) < o.Left; {
		after, more := o.Table.Next(at)
		x := occurrence{at: at, due: at.Add(o.Table.Delay(o.Trigger, at))}
		if x.due.After(o.Now) || len(all) == most {
			return all, &x
		}
		grace := longestGrace
		if more {
			grace = min(longestGrace, max(shortestGrace, after.Sub(at)/2))
		}
		x.onTime = o.Now.Sub(x.due) < grace
		all = append(all, x)
		if !more {
			return all, nil
		}
		at = after
	}
	return all, nil
}

// before are the moments before one, at most so many, and the one after them.
func (o Owed) before(end time.Time, most int) (all []occurrence, next *occurrence) {
	for at := o.From; ; {
		x := occurrence{at: at, due: at.Add(o.Table.Delay(o.Trigger, at))}
		if !at.Before(end) || len(all) == most {
			return all, &x
		}
		all = append(all, x)
		after, more := o.Table.Next(at)
		if !more {
			return all, nil
		}
		at = after
	}
}

// whole leaves the newest ones to the next plan when there are too many for this
// one: of those some may start, of the others none.
func whole(come []occurrence, next *occurrence, keep int) ([]occurrence, *occurrence) {
	if len(come) <= mostMoments {
		return come, next
	}
	cut := len(come) - max(keep, 1)
	return come[:cut], &come[cut]
}

// plan lets the newest of the missed start, as many as the rule allows, and all
// that are on time.
func (o Owed) plan(come []occurrence, missed int, rule catching, skipped Disposition, next *occurrence) Plan {
	out := Plan{Count: len(come)}
	since := 0 // moments that started nothing, one after the other
	for i, x := range come {
		m := Moment{At: x.at, Until: x.at, Count: 1, Disposition: Started}
		switch late := o.Now.Sub(x.due); {
		case i >= missed:
		case i < missed-rule.max:
			m.Disposition = skipped
		case late > rule.window:
			m.Disposition, m.Reason = skipped, "later than the window allows"
		}
		if m.Disposition == Started {
			m.Missed, since = since, 0
		} else {
			since++
		}
		out.Moments = append(out.Moments, m)
	}
	out.Moments = collapsed(out.Moments)
	if next != nil {
		out.Next, out.Due = &next.at, next.due
	}
	return out
}

// collapsed makes one of many moments in a row that start nothing for the same
// reason.
func collapsed(all []Moment) (out []Moment) {
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i].Disposition != Started && all[i+n].Disposition == all[i].Disposition && all[i+n].Reason == all[i].Reason {
			n++
		}
		if n <= longRange {
			out = append(out, all[i:i+n]...)
		} else {
			m := all[i]
			m.Until, m.Count = all[i+n-1].At, n
			out = append(out, m)
		}
		i += n
	}
	return out
}

// mostAbandoned bounds how many moments are counted when a schedule is changed
// that has not been acted upon for long.
const mostAbandoned = 100_000

// Abandon are all moments from From to before end: nothing starts for them.
func (o Owed) Abandon(end time.Time, as Disposition, why string) (all []Moment) {
	left, _ := o.before(end, mostAbandoned)
	for _, x := range left {
		if o.Left < 0 || len(all) < o.Left {
			all = append(all, Moment{At: x.at, Until: x.at, Count: 1, Disposition: as, Reason: why})
		}
	}
	return collapsed(all)
}

// Fire is what becomes of the moment in an environment.
func (m Moment) Fire(of uuid.UUID, environment string, now time.Time) Fire {
	return Fire{
		Trigger: of, Environment: environment, At: m.At, Until: m.Until, Count: m.Count,
		Disposition: m.Disposition, Reason: m.Reason, DecidedAt: now,
	}
}
