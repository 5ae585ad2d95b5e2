package cron

import "time"

// Policy says what a change of clocks does to the moments of a fixed expression.
// Others follow real time, and nothing is made up for them.
type Policy struct {
	Gap    Gap
	Repeat Repeat
}

// Gap is what becomes of a moment that the clocks skip.
type Gap string

// Repeat is what becomes of a moment that the clocks show twice.
type Repeat string

const (
	// RunAtChange fires once, when the clocks are put forward. It is the usual
	// one: in the words of cron(8), jobs that would be lost are run at once.
	RunAtChange Gap = "run_at_change"
	// SkipGap does not fire.
	SkipGap Gap = "skip"

	// First fires the first time, which is the usual one; Last the second, Both
	// each time.
	First Repeat = "first"
	Last  Repeat = "last"
	Both  Repeat = "both"
)

// maxSegments bounds the changes of clocks that one search goes through: more
// than there are in the years that gronx looks at.
const maxSegments = 500

// Next is the first moment after the given one at which the expression fires in
// the zone. It is ErrNever when there is none, and otherwise a whole second in
// UTC.
//
// Where an expression is due at several skipped moments of one change, it fires
// once.
func (e Expr) Next(zone *time.Location, p Policy, after time.Time) (time.Time, error) {
	s := segmentOf(zone, after)
	from, incl := s.clock(after), false
	for range maxSegments {
		if low := s.first(e, p); low.After(from) {
			from, incl = low, true
		}
		at, err := e.onClock(from, incl)
		if err != nil {
			return time.Time{}, err
		}
		switch {
		case s.forever() || at.Before(s.last(e, p)):
			return s.instant(at), nil
		case e.fixed && p.Gap != SkipGap && s.skips(at):
			return s.end.UTC(), nil
		}
		s = s.next()
		from, incl = s.clock(s.start), true
	}
	return time.Time{}, ErrNever
}
