package schedule

import (
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

// What bounds a search: how many moments in a row may be left out, which is a
// minute's for a week, and how far ahead it goes.
const (
	maxLeftOut = 10_000
	farAhead   = 10 * 366 * 24 * time.Hour
)

// Next is the first nominal moment after the given one, a whole second in UTC;
// ok is false when there is none within ten years, or only behind ten thousand
// that are left out. MaxFires is not looked at: only who remembers the moments
// that were can count them.
func (t *Table) Next(after time.Time) (at time.Time, ok bool) {
	left := maxLeftOut
	return t.search(after, &left)
}

// search looks for the next moment as long as anything is left of its bound.
func (t *Table) search(after time.Time, left *int) (at time.Time, ok bool) {
	if s := t.spec.StartTime; s != nil && after.Before(*s) {
		after = s.Add(-time.Nanosecond)
	}
	for last := after.Add(farAhead); *left > 0; *left-- {
		if at, ok = t.earliest(after); !ok || t.over(at) || at.After(last) {
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
	return t.holidays[at.In(t.zone).Format(time.DateOnly)] ||
		slices.ContainsFunc(t.except, func(e cron.Expr) bool { return e.Matches(t.zone, at) })
}
