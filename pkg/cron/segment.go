package cron

import "time"

// segment is a stretch of time in which the clocks of a zone are not changed.
type segment struct {
	zone       *time.Location
	start, end time.Time     // zero: since ever, for ever
	offset     time.Duration // of the clocks from UTC
}

func segmentOf(zone *time.Location, at time.Time) segment {
	at = at.In(zone)
	start, end := at.ZoneBounds()
	_, offset := at.Zone()
	return segment{zone, start, end, time.Duration(offset) * time.Second}
}

// clock is what the clocks show at a moment, written as a time in UTC. It is
// what they would show as well where they are changed before.
func (s segment) clock(at time.Time) time.Time {
	return at.UTC().Add(s.offset).Truncate(time.Second)
}

// instant is when the clocks show that.
func (s segment) instant(clock time.Time) time.Time { return clock.Add(-s.offset) }

func (s segment) forever() bool { return s.end.IsZero() }

func (s segment) next() segment { return segmentOf(s.zone, s.end) }

// first is what the clocks show when the expression may first fire in the
// segment: where they were put back, what they show once more is left out.
func (s segment) first(e Expr, p Policy) time.Time {
	if s.start.IsZero() {
		return time.Time{}
	}
	before := segmentOf(s.zone, s.start.Add(-time.Second))
	if e.fixed && (p.Repeat == First || p.Repeat == "") && before.offset > s.offset {
		return before.clock(s.start)
	}
	return s.clock(s.start)
}

// last is what the clocks show when the expression must have fired in the
// segment; what they will show once more may be left to then.
func (s segment) last(e Expr, p Policy) time.Time {
	if after := s.next(); e.fixed && p.Repeat == Last && after.offset < s.offset {
		return after.clock(s.end)
	}
	return s.clock(s.end)
}

// skips says whether the change at the end of the segment leaves that out.
func (s segment) skips(clock time.Time) bool {
	return !clock.Before(s.clock(s.end)) && clock.Before(s.next().clock(s.end))
}
