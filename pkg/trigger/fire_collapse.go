package trigger

import "time"

// Collapse makes one record of many in a row that started nothing for the same
// reason. all are records of one environment, in order; those of before since
// are of another schedule perhaps, and stay apart from those after it. gone are
// records that whole ones stand for from then on, and open is the first moment
// of those at the end that later ones may still join.
func Collapse(all []Fire, since time.Time) (gone, whole []Fire, open time.Time) {
	for i := 0; i < len(all); {
		n, f := 1, all[i]
		for ; i+n < len(all) && f.joins(all[i+n], since); n++ {
			next := all[i+n]
			f.Until, f.Count, f.DecidedAt = next.Until, f.Count+next.Count, next.DecidedAt
		}
		if n > longRange {
			gone, whole = append(gone, all[i:i+n]...), append(whole, f)
		}
		open = f.At
		i += n
	}
	return gone, whole, open
}

// joins says whether the next record says the same as this one, and together
// they are not too long to be taken apart again.
func (f Fire) joins(next Fire, since time.Time) bool {
	skipped := f.Disposition != Started && f.Disposition != Backfilled && f.Disposition != Waits
	return skipped && next.Disposition == f.Disposition && next.Reason == f.Reason &&
		f.At.Before(since) == next.At.Before(since) && f.Count+next.Count <= longestRange
}
