package audit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// scheduleOf is a trigger that was made at the beginning of the month.
func scheduleOf(config string) trigger.Trigger {
	return trigger.Trigger{Config: json.RawMessage(config), CreatedAt: noon.AddDate(0, 0, -19)}
}

func recorded(at time.Time) trigger.Fire {
	return trigger.Fire{Environment: "DEV", At: at, Until: at, Count: 1, Disposition: trigger.Started}
}

// kept is a schedule of every two minutes that has kept its account from noon
// to ten past.
func kept(change func(*store.Account)) store.Account {
	a := store.Account{
		Trigger: scheduleOf(`{"cron": "*/2 * * * *", "timezone": "Europe/Berlin"}`),
		Places:  []string{"DEV"}, After: noon, Before: noon.Add(10*time.Minute + time.Second),
	}
	for n := 1; n <= 5; n++ {
		a.Fires = append(a.Fires, recorded(noon.Add(time.Duration(2*n)*time.Minute)))
	}
	if change != nil {
		change(&a)
	}
	return a
}

func TestMomentsAreCountedAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(*store.Account)
		missing, extra int
	}{
		"AllThere":     {nil, 0, 0},
		"OneMissing":   {func(a *store.Account) { a.Fires = append(a.Fires[:2:2], a.Fires[3:]...) }, 1, 0},
		"NoneThere":    {func(a *store.Account) { a.Fires = nil }, 5, 0},
		"AnotherPlace": {func(a *store.Account) { a.Places = []string{"DEV", "UAT"} }, 5, 0},
		"WhereverItWas": {func(a *store.Account) {
			a.Places, a.Fires[1].Environment = nil, "PROD"
		}, 0, 0},
		"Foreign": {func(a *store.Account) { a.Fires[2] = recorded(a.Fires[2].At.Add(time.Minute)) }, 1, 1},
		"Before":  {func(a *store.Account) { a.Fires = append(a.Fires, recorded(noon.Add(-time.Minute))) }, 0, 0},
		"GivenUpPlace": {func(a *store.Account) {
			f := recorded(noon.Add(time.Minute))
			f.Environment = "PROD"
			a.Fires = append(a.Fires, f)
		}, 0, 0},
		"InARange": {func(a *store.Account) {
			a.Fires = []trigger.Fire{{Environment: "DEV", At: noon.Add(-time.Hour), Until: noon.Add(10 * time.Minute), Count: 36, Disposition: trigger.SkippedMisfire}}
		}, 0, 0},
		"RangeTooShort": {func(a *store.Account) {
			a.Fires = []trigger.Fire{{Environment: "DEV", At: noon.Add(-time.Hour), Until: noon.Add(4 * time.Minute), Count: 33, Disposition: trigger.SkippedMisfire}}
		}, 3, 0},
		"Unreadable": {func(a *store.Account) { a.Trigger.Config, a.Fires = json.RawMessage(`"rubbish"`), nil }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := count(kept(c.change))
			if len(got.Missing) != c.missing || len(got.Extra) != c.extra || !got.To.Equal(got.Before) {
				t.Errorf("missing %v, extra %v, up to %s", got.Missing, got.Extra, got.To)
			}
		})
	}
}

// The hours in which clocks are changed are counted as exactly as all others.
func TestMomentsAreCountedWhereClocksChange(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		return at
	}
	for name, c := range map[string]struct {
		config        string
		after, before string
		want          []string
	}{
		"SkippedTime":   {`{"cron": "30 2 * * *", "timezone": "Europe/Berlin"}`, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", []string{"2026-03-29T01:00:00Z"}},
		"RepeatedTime":  {`{"cron": "30 2 * * *", "timezone": "Europe/Berlin"}`, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", []string{"2026-10-25T00:30:00Z"}},
		"RealTime":      {`{"cron": "*/30 2 * * *", "timezone": "Europe/Berlin"}`, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", []string{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"}},
		"NothingMadeUp": {`{"cron": "*/30 2 * * *", "timezone": "Europe/Berlin"}`, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := store.Account{Trigger: scheduleOf(c.config), Places: []string{"DEV"}, After: at(c.after), Before: at(c.before)}
			for _, text := range c.want {
				a.Fires = append(a.Fires, recorded(at(text)))
			}
			if got := count(a); len(got.Missing)+len(got.Extra) != 0 {
				t.Errorf("missing %v, extra %v", got.Missing, got.Extra)
			}
			for n := range a.Fires {
				b := a
				b.Fires = append(append([]trigger.Fire{}, a.Fires[:n]...), a.Fires[n+1:]...)
				if got := count(b); len(got.Missing) != 1 || !got.Missing[0].At.Equal(a.Fires[n].At) {
					t.Errorf("without %s missing is %v", a.Fires[n].At, got.Missing)
				}
			}
			a.Fires = append(a.Fires, recorded(at(c.before).Add(-time.Hour)))
			if got := count(a); len(got.Extra) != 1 {
				t.Errorf("one too many, extra is %v", got.Extra)
			}
		})
	}
}

// A month of a schedule that fires every second is counted bit by bit.
func TestLongAccountsAreCountedInParts(t *testing.T) {
	t.Parallel()
	a := store.Account{Trigger: scheduleOf(`{"every": "1s"}`), Places: []string{"DEV"}, After: noon, Before: noon.AddDate(0, 1, 0)}
	got := count(a)
	if !got.To.Equal(noon.Add(24*time.Hour)) || len(got.Missing) != told {
		t.Errorf("counted up to %s, %d told", got.To, len(got.Missing))
	}
}
