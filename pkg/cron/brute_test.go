package cron_test

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

var expressions = flag.Int("expressions", 100, "how many random expressions are compared with brute force")

//go:embed testdata/zones.txt
var zoneNames string

// change is one change of the clocks of a zone.
type change struct {
	zone *time.Location
	at   time.Time
}

// changes are those of three years, each behaviour of a zone once: most zones
// only have another name.
func changes(t *testing.T) (all []change) {
	t.Helper()
	seen := map[string]bool{}
	for name := range strings.FieldsSeq(zoneNames) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var own []change
		var behaviour strings.Builder
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); at.Year() < 2029; {
			_, end := at.ZoneBounds()
			_, offset := at.Zone()
			fmt.Fprint(&behaviour, offset, end.Unix(), " ")
			if end.IsZero() {
				break
			}
			if at = end.In(zone); at.Year() < 2029 {
				own = append(own, change{zone, end.UTC()})
			}
		}
		if !seen[behaviour.String()] {
			seen[behaviour.String()] = true
			all = append(all, own...)
		}
	}
	return all
}

// reach is how far before and behind a change is looked.
const reach = 4 * time.Hour

// The whole truth: every minute of the hours around every change of clocks is
// asked whether it fires, by a reading of the expression that shares nothing
// with the one under test.
func TestNextIsBruteForceAroundEveryChange(t *testing.T) {
	t.Parallel()
	var all []around
	for _, c := range changes(t) {
		all = append(all, c.around(reach))
	}
	if len(all) < 100 {
		t.Fatalf("only %d changes of clocks are known", len(all))
	}
	random := rand.New(rand.NewPCG(2026, uint64(*expressions)))
	for range *expressions {
		x := randomTable(random)
		p := cron.Policy{Gap: pick(random, "", cron.RunAtChange, cron.SkipGap), Repeat: pick(random, "", cron.First, cron.Last, cron.Both)}
		e, err := cron.Parse(x.text(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if errors.Is(err, cron.ErrNever) {
			continue // the 31st of February and its like
		}
		if err != nil {
			t.Fatalf("%s: %v", x.text(), err)
		}
		for _, c := range all {
			want := x.brute(c, p)
			if got := fires(t, e, c.zone, p, c.from, c.to); !slices.Equal(got, want) {
				t.Fatalf("%s %+v in %s around %s\n got %v\nwant %v", x.text(), p, c.zone, c.at, got, want)
			}
		}
	}
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// fires are the moments after from and before to, one after the other.
func fires(t *testing.T, e cron.Expr, zone *time.Location, p cron.Policy, from, to time.Time) (all []time.Time) {
	t.Helper()
	for at := from; ; {
		next, err := e.Next(zone, p, at)
		if errors.Is(err, cron.ErrNever) || err == nil && !next.Before(to) {
			return all
		}
		if err != nil || !next.After(at) {
			t.Fatalf("%s in %s after %s: %s, %v", e, zone, at, next, err)
		}
		all, at = append(all, next), next
	}
}

// around is what the clocks of a zone show about a change: every minute of a
// clock in order, with the moments at which it is shown.
type around struct {
	change
	from, to time.Time
	clock    []shown
}

type shown struct {
	wall    time.Time // written as UTC
	moments []time.Time
}

func (c change) around(reach time.Duration) around {
	a := around{change: c, from: c.at.Add(-reach), to: c.at.Add(reach)}
	const margin = 5 * time.Hour // more than any clocks are put forward or back
	moments := map[time.Time][]time.Time{}
	wallOf := func(at time.Time) time.Time {
		at = at.In(c.zone)
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	}
	for at := a.from.Add(-margin); at.Before(a.to.Add(margin)); at = at.Add(time.Minute) {
		moments[wallOf(at)] = append(moments[wallOf(at)], at)
	}
	for wall := wallOf(a.from.Add(-margin)); wall.Before(wallOf(a.to.Add(margin))); wall = wall.Add(time.Minute) {
		a.clock = append(a.clock, shown{wall, moments[wall]})
	}
	return a
}

// brute asks every minute.
func (x table) brute(a around, p cron.Policy) (all []time.Time) {
	for i, s := range a.clock {
		if !x.matches(s.wall) {
			continue
		}
		switch moments := s.moments; {
		case len(moments) == 0 && x.fixed() && p.Gap != cron.SkipGap:
			over := slices.IndexFunc(a.clock[i:], func(s shown) bool { return len(s.moments) > 0 })
			all = append(all, a.clock[i+over].moments[0])
		case len(moments) == 2 && x.fixed() && p.Repeat == cron.Last:
			all = append(all, moments[1])
		case len(moments) == 2 && x.fixed() && p.Repeat != cron.Both:
			all = append(all, moments[0])
		default:
			all = append(all, moments...)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.DeleteFunc(all, func(at time.Time) bool { return !at.After(a.from) || !at.Before(a.to) })
	return slices.Compact(all)
}
