package trigger

import (
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/schedule"
)

// longestRange is how many moments a record may have that is taken apart: more
// than one plan accounts for. There are longer ones, of schedules that were
// changed after they had not been acted upon for long.
const longestRange = mostMoments + mostCatches + 1

// Without is what is left of a record of several moments when some of them get
// records of their own. When the schedule was another one at the time of the
// record, so that its moments are not known, it stays as it is and only makes
// room at its beginning.
func (f Fire) Without(table *schedule.Table, own []time.Time) (left []Fire) {
	all := f.moments(table)
	if all == nil {
		if slices.ContainsFunc(own, f.At.Equal) {
			f.At = f.At.Add(time.Second)
		}
		return []Fire{f}
	}
	var piece []time.Time
	cut := func() {
		if len(piece) > 0 {
			p := f
			p.At, p.Until, p.Count = piece[0], piece[len(piece)-1], len(piece)
			left = append(left, p)
		}
		piece = nil
	}
	for _, at := range all {
		if slices.ContainsFunc(own, at.Equal) {
			cut()
		} else {
			piece = append(piece, at)
		}
	}
	cut()
	return left
}

// moments are those of a record; nil when the table does not explain it.
func (f Fire) moments(table *schedule.Table) (all []time.Time) {
	if f.Count > longestRange {
		return nil
	}
	at, ok := table.Next(f.At.Add(-time.Nanosecond))
	for ; ok && !at.After(f.Until) && len(all) <= f.Count; at, ok = table.Next(at) {
		all = append(all, at)
	}
	if len(all) != f.Count || !all[0].Equal(f.At) || !all[f.Count-1].Equal(f.Until) {
		return nil
	}
	return all
}
