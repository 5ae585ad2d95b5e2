package cron

import (
	"slices"
	"time"
)

// Between are all moments after one and before another, in order, found another
// way than Next finds them: every day of a calendar is asked whether the
// expression means it, then its hours, minutes and seconds, and of each of those
// when the clocks of the zone show it, by which change it is left out or how
// often it comes. It takes as long as there are days, and is for counting anew.
func (e Expr) Between(zone *time.Location, p Policy, after, before time.Time) (all []time.Time) {
	c := e.calendar()
	const most = 15 * time.Hour // no clocks are further from UTC
	first := after.UTC().Add(-most).Truncate(24 * time.Hour)
	for date := first; date.Before(before.Add(most)); date = date.AddDate(0, 0, 1) {
		if !c.date(date) {
			continue
		}
		eras := erasAround(zone, date)
		for wall := range c.walls(date, func(hour time.Time) bool { return eras.mayMeet(hour, after, before) }) {
			all = append(all, e.shown(eras, p, wall)...)
		}
	}
	all = slices.DeleteFunc(all, func(at time.Time) bool { return !at.After(after) || !at.Before(before) })
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// walls are the seconds of a day that the expression means, written as UTC, of
// the hours that are wanted.
func (c calendar) walls(date time.Time, wanted func(hour time.Time) bool) func(yield func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		for h, in := range c.hours {
			hour := date.Add(time.Duration(h) * time.Hour)
			if !in || !wanted(hour) {
				continue
			}
			for m, in := range c.minutes {
				if !in {
					continue
				}
				for s, in := range c.seconds {
					if in && !yield(hour.Add(time.Duration(m)*time.Minute+time.Duration(s)*time.Second)) {
						return
					}
				}
			}
		}
	}
}

// shown are the moments for which that time of a clock counts.
func (e Expr) shown(eras eras, p Policy, wall time.Time) []time.Time {
	at := eras.moments(wall)
	switch {
	case !e.fixed:
		return at
	case len(at) == 0 && p.Gap != SkipGap:
		return eras.jump(wall)
	case len(at) > 1 && p.Repeat == Last:
		return at[len(at)-1:]
	case len(at) > 1 && p.Repeat != Both:
		return at[:1]
	}
	return at
}

// eras are the stretches of time about a day in each of which the clocks of a
// zone keep their distance from UTC, in order.
type eras []era

type era struct {
	from, to time.Time // zero: since ever, for ever
	offset   time.Duration
}

func erasAround(zone *time.Location, date time.Time) (all eras) {
	end := date.Add(48 * time.Hour)
	for at := date.Add(-24 * time.Hour).In(zone); ; {
		from, to := at.ZoneBounds()
		_, offset := at.Zone()
		all = append(all, era{from, to, time.Duration(offset) * time.Second})
		if to.IsZero() || to.After(end) {
			return all
		}
		at = to
	}
}

// moments are when the clocks show that.
func (all eras) moments(wall time.Time) (at []time.Time) {
	for _, e := range all {
		t := wall.Add(-e.offset)
		if (e.from.IsZero() || !t.Before(e.from)) && (e.to.IsZero() || t.Before(e.to)) {
			at = append(at, t)
		}
	}
	return at
}

// jump is the change that lets the clocks leave that out.
func (all eras) jump(wall time.Time) []time.Time {
	for i := 1; i < len(all); i++ {
		at := all[i].from.UTC()
		if !wall.Before(at.Add(all[i-1].offset)) && wall.Before(at.Add(all[i].offset)) {
			return []time.Time{at}
		}
	}
	return nil
}

// mayMeet says whether an hour of the clocks may have to do with the time after
// one moment and before another.
func (all eras) mayMeet(hour, after, before time.Time) bool {
	low, high := all[0].offset, all[0].offset
	for _, e := range all {
		low, high = min(low, e.offset), max(high, e.offset)
	}
	return hour.Add(time.Hour-low).After(after) && hour.Add(-high).Before(before)
}

// Shows says whether the clocks of the zone show a time of the expression at a
// moment, read as Between reads it.
func (e Expr) Shows(zone *time.Location, at time.Time) bool { return e.calendar().names(at.In(zone)) }
