package audit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// kept is a schedule of every two minutes that has kept its account from noon
// to ten past.
func kept(change func(*store.Account)) store.Account {
	a := store.Account{
		Trigger: trigger.Trigger{Config: json.RawMessage(`{"cron": "*/2 * * * *", "timezone": "Europe/Berlin"}`), CreatedAt: noon.Add(-time.Hour)},
		Places:  []string{"DEV"}, After: noon, Before: noon.Add(10*time.Minute + time.Second),
	}
	for n := 5; n >= 1; n-- {
		at := noon.Add(time.Duration(2*n) * time.Minute)
		a.Fires = append(a.Fires, trigger.Fire{Environment: "DEV", At: at, Until: at, Count: 1, Disposition: trigger.Started})
	}
	if change != nil {
		change(&a)
	}
	return a
}

func TestMomentsAreCountedAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*store.Account)
		want   int
	}{
		"AllThere":     {nil, 0},
		"OneMissing":   {func(a *store.Account) { a.Fires = append(a.Fires[:2:2], a.Fires[3:]...) }, 1},
		"NoneThere":    {func(a *store.Account) { a.Fires = nil }, 5},
		"AnotherPlace": {func(a *store.Account) { a.Places = []string{"DEV", "UAT"} }, 5},
		"Foreign":      {func(a *store.Account) { a.Fires[2].At = a.Fires[2].At.Add(time.Minute) }, 2},
		"Before": {func(a *store.Account) {
			a.Fires = append(a.Fires, trigger.Fire{Environment: "DEV", At: noon.Add(-time.Minute), Count: 1})
		}, 0},
		"InARange": {func(a *store.Account) {
			a.Fires = []trigger.Fire{{Environment: "DEV", At: noon.Add(-time.Hour), Until: noon.Add(10 * time.Minute), Count: 36, Disposition: trigger.SkippedMisfire}}
		}, 0},
		"RangeTooShort": {func(a *store.Account) {
			a.Fires = []trigger.Fire{{Environment: "DEV", At: noon.Add(-time.Hour), Until: noon.Add(4 * time.Minute), Count: 33, Disposition: trigger.SkippedMisfire}}
		}, 3},
		"ClocksChange": {func(a *store.Account) {
			a.Fires, a.After = nil, time.Date(2026, 3, 29, 1, 5, 0, 0, time.UTC)
			a.Before = a.After.Add(5 * time.Minute)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := unaccounted(kept(c.change)); got != c.want {
				t.Errorf("%d moments are not accounted for, want %d", got, c.want)
			}
		})
	}
}
