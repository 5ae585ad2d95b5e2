package fire

import (
	"maps"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestAwayForFiveAndForNinetyMinutes(t *testing.T) {
	t.Parallel()
	type outcome = map[trigger.Disposition]int
	for name, c := range map[string]struct {
		policies trigger.Policies
		away     time.Duration
		want     outcome // of the moments while nobody watched
		rows     int
	}{
		"FiveLast":   {trigger.Policies{}, 5*time.Minute + 40*time.Second, outcome{"started": 1, "skipped_misfire": 4}, 5},
		"FiveSkip":   {trigger.Policies{Misfire: trigger.Misfire{Mode: "skip"}}, 5*time.Minute + 40*time.Second, outcome{"skipped_misfire": 5}, 5},
		"FiveAll":    {trigger.Policies{Misfire: trigger.Misfire{Mode: "all"}}, 5*time.Minute + 40*time.Second, outcome{"started": 5}, 5},
		"NinetyLast": {trigger.Policies{}, 90*time.Minute + 40*time.Second, outcome{"started": 1, "skipped_misfire": 89}, 2},
		"NinetyAll":  {trigger.Policies{Misfire: trigger.Misfire{Mode: "all", Max: 30}}, 90*time.Minute + 40*time.Second, outcome{"started": 30, "skipped_misfire": 60}, 31},
		"MonthLast":  {trigger.Policies{}, 30*24*time.Hour + 40*time.Second, outcome{"started": 1, "skipped_misfire": 30*24*60 - 1}, 23},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := w.put("often", `{"cron": "* * * * *"}`, c.policies)
			w.pass(2 * time.Minute)
			before := w.fires(g.ID)
			if len(before) != 2 || sums(before)["started"] != 2 {
				t.Fatalf("before the outage: %+v", before)
			}
			w.away(c.away)
			w.fire()
			after := w.fires(g.ID)[len(before):]
			if got := sums(after); !maps.Equal(got, c.want) || len(after) != c.rows {
				t.Errorf("%d rows: %v, want %d: %v", len(after), got, c.rows, c.want)
			}
			w.pass(time.Minute)
			if all := w.fires(g.ID); all[len(all)-1].Disposition != trigger.Started {
				t.Error("it does not go on")
			}
			if w.bells.rung.Load()+w.bells.knocks.Load() == 0 {
				t.Error("nobody is told of the runs")
			}
		})
	}
}

func TestOneMomentWaitsForARunToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{Overlap: trigger.QueueOne})
	w.pass(4 * time.Minute)
	if got := sums(w.fires(g.ID)); !maps.Equal(got, map[trigger.Disposition]int{"started": 1, "queued": 1, "skipped_overlap": 2}) {
		t.Fatalf("became %v", got)
	}
	w.end(run.StatusCompleted)
	w.pass(2 * time.Second)
	all := w.fires(g.ID)
	if all[1].Disposition != trigger.Started || all[1].Run == all[0].Run {
		t.Errorf("after the run has ended, the second moment is %+v", all[1])
	}
	w.pass(time.Minute)
	w.status("often", trigger.Paused)
	if all = w.fires(g.ID); all[4].Disposition != trigger.SkippedPaused {
		t.Errorf("a moment that waited when the trigger was paused is %+v", all[4])
	}
}

func TestRunningRunIsCancelledForTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{Overlap: trigger.CancelRunning})
	w.pass(2 * time.Minute)
	all := w.fires(g.ID)
	first, err := w.Run(t.Context(), all[0].Run)
	w.check(err)
	second, err := w.Run(t.Context(), all[1].Run)
	w.check(err)
	if first.Status != run.StatusCancelled || first.Reason != run.Overlap || second.Status != run.StatusPending {
		t.Errorf("the first is %s for %s, the second %s", first.Status, first.Reason, second.Status)
	}
}

func TestFailuresPauseTheTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{AutoPause: 2})
	w.pass(2 * time.Minute)
	w.end(run.StatusFailed)
	w.end(run.StatusFailed)
	w.pass(3 * time.Minute)
	paused, err := w.Trigger(t.Context(), "often")
	w.check(err)
	if paused.Status != trigger.Paused || paused.PausedReason != "paused by itself: the last 2 runs have failed" {
		t.Errorf("it is %s: %q", paused.Status, paused.PausedReason)
	}
	entries, _, err := w.AuditLog(t.Context(), store.AuditFilter{Object: "trigger/often"}, store.Page{})
	w.check(err)
	if len(entries) != 1 || entries[0].Actor != audit.Itself || entries[0].Action != "trigger.pause" || len(entries[0].Changes) != 2 {
		t.Errorf("the audit log says %+v", entries)
	}
	w.status("often", trigger.Active)
	w.pass(time.Minute)
	if got := sums(w.fires(g.ID)); !maps.Equal(got, map[trigger.Disposition]int{"started": 3, "skipped_paused": 3}) {
		t.Errorf("once resumed: %v", got)
	}
}

// Failures count in a row however many runs have been started since.
func TestOldFailuresPauseTheTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("often", `{"every": "1s"}`, trigger.Policies{AutoPause: 2})
	w.pass(130 * time.Second)
	w.end(run.StatusFailed)
	w.end(run.StatusFailed)
	w.pass(2 * time.Second)
	if paused, err := w.Trigger(t.Context(), "often"); err != nil || paused.Status != trigger.Paused {
		t.Errorf("it is %s, %v", paused.Status, err)
	}
}

func TestLastFireEndsTheSchedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("thrice", `{"cron": "* * * * *", "max_fires": 3}`, trigger.Policies{})
	once := w.put("once", `{"run_at": "2026-03-20T12:02:00Z"}`, trigger.Policies{})
	w.pass(10 * time.Minute)
	if a, b := len(w.fires(g.ID)), len(w.fires(once.ID)); a != 3 || b != 1 {
		t.Errorf("%d and %d fires, want 3 and 1", a, b)
	}
}
