package fire

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/trigger"
)

// ledger is what a schedule was, and when: what it owes can be counted from that
// without asking the store.
type ledger struct {
	configs []string
	since   []time.Time
}

func (l *ledger) now(config string, at time.Time) {
	l.configs, l.since = append(l.configs, config), append(l.since, at)
}

// owes are all moments up to now, in order: those after a change belong to the
// new schedule, pauses included.
func (l *ledger) owes(now time.Time) (all []time.Time) {
	for i, config := range l.configs {
		end := now
		if i+1 < len(l.since) {
			end = l.since[i+1]
		}
		table := tableOf(config)
		for at, ok := table.Next(l.since[i]); ok && !at.After(end); at, ok = table.Next(at) {
			all = append(all, at)
		}
	}
	return all
}

func tableOf(config string) interface {
	Next(time.Time) (time.Time, bool)
} {
	table, err := trigger.Trigger{Config: json.RawMessage(config), CreatedAt: noon}.Table()
	if err != nil {
		panic(err)
	}
	return table
}

// account says what is wrong with the fires of moments: every one has to be
// there once.
func account(owed []time.Time, fires []trigger.Fire) (wrong []string) {
	seen := make([]int, len(owed))
	runs := map[uuid.UUID]bool{}
	for _, f := range fires {
		first, _ := slices.BinarySearchFunc(owed, f.At, time.Time.Compare)
		n := 0
		for i := first; i < len(owed) && !owed[i].After(f.Until); i++ {
			seen[i]++
			n++
		}
		if n != f.Count {
			wrong = append(wrong, fmt.Sprintf("%s to %s counts as %d moments and is %d", f.At, f.Until, f.Count, n))
		}
		if (f.Run != uuid.Nil) != (f.Disposition == trigger.Started || f.Disposition == trigger.Backfilled) || runs[f.Run] && f.Run != uuid.Nil {
			wrong = append(wrong, fmt.Sprintf("%s is %s with run %s", f.At, f.Disposition, f.Run))
		}
		runs[f.Run] = true
	}
	for i, n := range seen {
		if n != 1 {
			wrong = append(wrong, fmt.Sprintf("%s is accounted for %d times", owed[i], n))
		}
	}
	return wrong
}

// Whatever happens to the scheduler and to the trigger, every nominal moment is
// accounted for exactly once.
func TestEveryMomentIsAccountedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		w.now = noon.Add(500 * time.Millisecond)
		configs := []string{
			`{"cron": "* * * * *"}`, `{"cron": "*/5 * * * *"}`, `{"every": "45s"}`, `{"cron": ["*/7 * * * *", "3 * * * *"], "timezone": "Asia/Kolkata"}`,
			`{"cron": "0 */2 * * *", "timezone": "Europe/Berlin"}`, `{"every": "2m", "window": "90s"}`,
		}
		p := trigger.Policies{
			Misfire:  trigger.Misfire{Mode: rapid.SampledFrom([]trigger.Catchup{"", "skip", "last", "all"}).Draw(r, "misfire")},
			OnResume: rapid.SampledFrom([]trigger.Catchup{"", "skip", "last", "all"}).Draw(r, "on resume"),
			Overlap:  rapid.SampledFrom([]trigger.Overlap{"", "skip", "cancel_running"}).Draw(r, "overlap"),
		}
		name := "t" + uuid.NewString()[:12]
		config := rapid.SampledFrom(configs).Draw(r, "config")
		var l ledger
		id := w.put(name, config, p).ID
		l.now(config, w.now)
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"pass", "away", "pause", "resume", "edit", "reword"}).Draw(r, "step") {
			case "pass":
				for range rapid.IntRange(1, 4).Draw(r, "looks") {
					w.now = w.now.Add(time.Duration(rapid.IntRange(1, 90_000).Draw(r, "ms")) * time.Millisecond)
					w.fire()
				}
			case "away":
				w.away(time.Duration(rapid.IntRange(1, 12_000).Draw(r, "seconds")) * time.Second)
			case "pause":
				w.status(name, trigger.Paused)
			case "resume":
				w.status(name, trigger.Active)
			case "edit":
				next := rapid.SampledFrom(configs).Draw(r, "config")
				if next != config {
					l.now(next, w.now)
				}
				config = next
				w.put(name, config, p)
			case "reword":
				p.AutoPause = 50 - p.AutoPause
				w.put(name, config, p)
			}
		}
		w.status(name, trigger.Active)
		w.away(2 * time.Minute) // delayed starts
		w.fire()
		fires := w.fires(id)
		owed := l.owes(w.now)
		if n := len(owed); n > 0 && owed[n-1].Add(90*time.Second).After(w.now) && (len(fires) == 0 || owed[n-1].After(fires[len(fires)-1].Until)) {
			owed = owed[:n-1] // its start may be delayed until after now
		}
		for _, complaint := range account(owed, fires) {
			r.Error(complaint)
		}
		w.status(name, trigger.Archived)
	})
}

// A checker that never complains proves nothing.
func TestAccountantComplains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var l ledger
	id := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{}).ID
	l.now(`{"cron": "* * * * *"}`, w.now)
	w.pass(3 * time.Minute)
	w.away(30 * time.Minute)
	w.fire()
	owed, fires := l.owes(w.now), w.fires(id)
	if wrong := account(owed, fires); len(wrong) > 0 {
		t.Fatalf("nothing is wrong, and yet: %v", wrong)
	}
	doubled := fires[0]
	doubled.Run = uuid.New()
	counted := slices.Clone(fires)
	for i := range counted {
		if counted[i].Count > 1 {
			counted[i].Count++
		}
	}
	twice := slices.Clone(fires)
	twice[1].Run = twice[0].Run
	for name, broken := range map[string][]trigger.Fire{
		"Missing": fires[1:], "Doubled": append(slices.Clone(fires), doubled), "Miscounted": counted, "OneRunForTwo": twice,
	} {
		if len(account(owed, broken)) == 0 {
			t.Errorf("%s: no complaint", name)
		}
	}
}
