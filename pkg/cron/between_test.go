package cron_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

// The auditor's way to find moments has to give what the scheduler's does, about
// every change of clocks and in between.
func TestBetweenIsNextAroundEveryChange(t *testing.T) {
	t.Parallel()
	all := changes(t)
	random := rand.New(rand.NewPCG(2027, uint64(*expressions)))
	for range *expressions / 4 {
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
			from, to := c.at.Add(-reach), c.at.Add(reach)
			want := fires(t, e, c.zone, p, from, to)
			if got := e.Between(c.zone, p, from, to); !slices.EqualFunc(got, want, time.Time.Equal) {
				t.Fatalf("%s %+v in %s around %s\n got %v\nwant %v", x.text(), p, c.zone, c.at, got, want)
			}
		}
	}
}

func TestBetweenIsNextForAWholeYear(t *testing.T) {
	t.Parallel()
	from, to := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			"0 9 * * *", "*/30 2 * * *", "30 1,2 * * *", "0 0 L * *", "0 0 15W * *", "5 0 1W * *", "0 12 31W * *", "0 8 * * 5L", "0 8 * * 1#1",
			"0 8 * * MON#5", "0 8 13 * FRI", "0 8 */2 * 1-5", "0 8 1 * */2", "15 30 23 29 2 * *", "0 0 1 1 ? 2028", "0 0 0 1 1 ? 2027,2028", "0 30 12 28 2 * 2027-2028", "0 0 0 1 1 ? 2027,2030", "20,40 */15 8-9 1-7 * 0", "0 8 * * 5-7",
		} {
			e, err := cron.Parse(text, from)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			want := fires(t, e, place, cron.Policy{}, from, to)
			if got := e.Between(place, cron.Policy{}, from, to); !slices.EqualFunc(got, want, time.Time.Equal) {
				t.Errorf("%s in %s: %d moments, want %d", text, zone, len(got), len(want))
			}
			for _, at := range want {
				if local := at.In(place); !e.Fixed() && !e.Shows(place, at) {
					t.Errorf("%s does not show %s", text, local)
				}
			}
		}
	}
}
