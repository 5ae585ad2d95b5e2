package schedule

import (
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

// maxLeftOut bounds how many moments in a row may be left out before a schedule
// counts as over: a minute's for more than a fortnight.
const maxLeftOut = 20_000

// Next is the first nominal moment after the given one, a whole second in UTC;
// ok is false when there is none any more. MaxFires is not looked at: only who
// remembers the moments that were can count them.
func (t *Table) Next(after time.Time) (at time.Time, ok bool) {
	if s := t.spec.StartTime; s != nil && after.Before(*s) {
		after = s.Add(-time.Nanosecond)
	}
	for range maxLeftOut {
		if at, ok = t.earliest(after); !ok || t.over(at) {
			return time.Time{}, false
		}
		if !t.leavesOut(at) {
			return at, true
		}
		after = at
	}
	return time.Time{}, false
}

func (t *Table) over(at time.Time) bool { return t.spec.EndTime != nil && !at.Before(*t.spec.EndTime) }

// earliest is the first moment after the given one that anything names.
func (t *Table) earliest(after time.Time) (first time.Time, ok bool) {
	consider := func(at time.Time) {
		if !ok || at.Before(first) {
			first, ok = at, true
		}
	}
	for _, e := range t.crons {
		if at, err := e.Next(t.zone, t.rule, after); err == nil {
			consider(at)
		}
	}
	if t.every > 0 {
		consider(t.interval(after))
	}
	if at := t.spec.RunAt; at != nil && at.Truncate(time.Second).After(after) {
		consider(at.Truncate(time.Second).UTC())
	}
	return first, ok
}

// interval is the first moment after the given one that is whole intervals and
// the phase away from the beginning of 1970.
func (t *Table) interval(after time.Time) time.Time {
	every, phase := int64(t.every/time.Second), int64(t.phase/time.Second)
	since := after.Unix() - phase
	n := since / every
	if since%every < 0 {
		n--
	}
	return time.Unix((n+1)*every+phase, 0).UTC()
}

func (t *Table) leavesOut(at time.Time) bool {
	return t.holidays[at.In(t.zone).Format(time.DateOnly)] || slices.ContainsFunc(t.except, func(e cron.Expr) bool {
		next, err := e.Next(t.zone, t.rule, at.Add(-time.Second))
		return err == nil && next.Equal(at)
	})
}
