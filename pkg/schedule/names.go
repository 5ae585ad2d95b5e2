package schedule

import "time"

// Names says whether the schedule has a moment at a whole second, read off the
// clocks of its zone. It is another way than Next, so that one can be held
// against the other, and right only where the clocks are Steady.
func (t *Table) Names(at time.Time) bool {
	if t.leavesOut(at) || t.over(at) || t.spec.StartTime != nil && at.Before(*t.spec.StartTime) {
		return false
	}
	for _, e := range t.crons {
		if e.Matches(t.zone, at) {
			return true
		}
	}
	if t.spec.RunAt != nil && t.spec.RunAt.Truncate(time.Second).Equal(at) {
		return true
	}
	return t.every > 0 && (at.Unix()-int64(t.phase/time.Second))%int64(t.every/time.Second) == 0
}

// Steady says whether the clocks of the schedule's zone are not changed between
// two moments, nor shortly before.
func (t *Table) Steady(from, to time.Time) bool {
	const shortly = 4 * time.Hour
	_, end := from.Add(-shortly).In(t.zone).ZoneBounds()
	return end.IsZero() || end.After(to)
}
