package schedule

import (
	"slices"
	"time"
)

// Between are all moments after one and before another, in order, found another
// way than Next finds them, so that one can be held against the other. MaxFires
// is not looked at.
func (t *Table) Between(after, before time.Time) (all []time.Time) {
	if s := t.spec.StartTime; s != nil && after.Before(*s) {
		after = s.Add(-time.Nanosecond)
	}
	if e := t.spec.EndTime; e != nil && before.After(*e) {
		before = *e
	}
	for _, e := range t.crons {
		all = append(all, e.Between(t.zone, t.rule, after, before)...)
	}
	if t.every > 0 {
		all = append(all, t.beats(after, before)...)
	}
	if at := t.spec.RunAt; at != nil {
		if at := at.Truncate(time.Second).UTC(); at.After(after) && at.Before(before) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	return slices.DeleteFunc(all, t.excepts)
}

// beats are the moments of the interval: every second that is whole intervals
// and the phase away from the beginning of 1970.
func (t *Table) beats(after, before time.Time) (all []time.Time) {
	every, phase := int64(t.every/time.Second), int64(t.phase/time.Second)
	at := after.Unix()
	at -= (at - phase) % every
	for ; time.Unix(at, 0).Before(before); at += every {
		if moment := time.Unix(at, 0).UTC(); moment.After(after) {
			all = append(all, moment)
		}
	}
	return all
}

// excepts says whether a moment is left out, read off the clocks of the zone.
func (t *Table) excepts(at time.Time) bool {
	for _, e := range t.except {
		if e.Shows(t.zone, at) {
			return true
		}
	}
	return len(t.holidays) > 0 && t.holidays[at.In(t.zone).Format(time.DateOnly)]
}
