package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

// Upcoming are the next nominal moments, at most count. Between all of them no
// more may be left out than before one.
func (t *Table) Upcoming(after time.Time, count int) (all []time.Time) {
	left := maxLeftOut
	for len(all) < count {
		at, ok := t.search(after, &left)
		if !ok {
			return all
		}
		all, after = append(all, at), at
	}
	return all
}

// Zone is the zone of the schedule's clocks.
func (t *Table) Zone() *time.Location { return t.zone }

// Expressions is how many expressions are asked for each moment, those that leave
// moments out among them.
func (t *Table) Expressions() int { return len(t.crons) + len(t.except) }

// Normalized is the first expression with names and tags replaced; empty where
// there is none.
func (t *Table) Normalized() string {
	if len(t.crons) == 0 {
		return ""
	}
	return t.crons[0].String()
}

// Describe says the schedule in words, as they are after a moment: the name of a
// zone changes with its clocks.
func (t *Table) Describe(after time.Time) string {
	next, _ := t.Next(after)
	var all []string
	for _, e := range t.crons {
		all = append(all, e.Describe(t.zone, next))
	}
	if t.every > 0 {
		all = append(all, "Every "+short(t.every))
	}
	if t.spec.RunAt != nil {
		all = append(all, "Once on "+t.spec.RunAt.In(t.zone).Format("January 2 2006 at 3:04 PM MST"))
	}
	return strings.Join(all, "; ")
}

// short writes a duration without the zeros behind it.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Note says what the clocks did on the day before a moment, if anything: why it
// is not as far from the one before it as people expect.
func (t *Table) Note(at time.Time) string {
	start, _ := at.In(t.zone).ZoneBounds()
	if start.IsZero() || at.Sub(start) >= 24*time.Hour {
		return ""
	}
	_, now := at.In(t.zone).Zone()
	_, before := start.Add(-time.Second).In(t.zone).Zone()
	switch moved := time.Duration(now-before) * time.Second; {
	case moved > 0:
		return "clocks went forward " + human(moved)
	case moved < 0:
		return "clocks went back " + human(-moved)
	}
	return ""
}

func human(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// Warnings are what people may not expect of the schedule, as its clocks are
// changed after now.
func (t *Table) Warnings(now time.Time) (all []string) {
	if _, end := now.In(t.zone).ZoneBounds(); end.IsZero() {
		return nil
	}
	for _, e := range t.crons {
		if e.Fixed() && t.rule.Repeat != cron.Both && e.EveryHour() {
			all = append(all, fmt.Sprintf("%q names every hour, so it fires once in the hour that the clocks of %s show twice; \"*\" for the hour fires in both", e, t.zone))
		}
		if !e.Fixed() && !e.EveryHour() {
			all = append(all, fmt.Sprintf("%q follows real time: it does not fire for hours that the clocks of %s skip, and fires in both of those that they show twice", e, t.zone))
		}
	}
	return all
}

// sample is how many moments Interval looks at.
const sample = 200

// Interval is the shortest time between the next moments; 0 when there is one at
// most.
func (t *Table) Interval(after time.Time) (shortest time.Duration) {
	all := t.Upcoming(after, sample)
	for i := 1; i < len(all); i++ {
		if d := all[i].Sub(all[i-1]); shortest == 0 || d < shortest {
			shortest = d
		}
	}
	return shortest
}

// Left is how many moments may still fire of a schedule that has fired so many;
// negative when there is no bound.
func (t *Table) Left(fired int) int {
	if t.spec.MaxFires == 0 {
		return -1
	}
	return max(t.spec.MaxFires-fired, 0)
}
