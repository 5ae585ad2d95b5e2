package fire

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// backfill asks for the runs of moments since one and before now.
func (w *world) backfill(g trigger.Trigger, since time.Time, mode trigger.BackfillMode, active int) trigger.Backfill {
	w.t.Helper()
	b := trigger.Backfill{Trigger: g.ID, Mode: mode, Environments: g.Environments, Since: since, Until: w.now, MaxActive: active, Config: g.Config, CreatedBy: "test"}
	table, err := b.Table(g.CreatedAt)
	w.check(err)
	b, _, err = w.CreateBackfill(w.t.Context(), b.Begin(table), store.Once{})
	w.check(err)
	return b
}

// fill goes on with backfills as far as they go now.
func (w *world) fill() {
	w.t.Helper()
	for {
		wait, err := w.filler.round(w.t.Context())
		w.check(err)
		if wait > 0 {
			return
		}
	}
}

// stands is how a backfill stands.
func (w *world) stands(b trigger.Backfill) store.Backfilling {
	w.t.Helper()
	now, err := w.Backfill(w.t.Context(), b.Trigger, b.ID)
	w.check(err)
	return now
}

// complete lets a backfill go on, whose runs all end so, until it is over.
func (w *world) complete(b trigger.Backfill, status run.Status) store.Backfilling {
	w.t.Helper()
	for range 1000 {
		w.fill()
		now := w.stands(b)
		if now.Status != trigger.BackfillRunning {
			return now
		}
		if now.Active > now.MaxActive {
			w.t.Fatalf("%d of its runs go on, want at most %d", now.Active, now.MaxActive)
		}
		_, err := w.store.Fleet().Admit(w.t.Context(), run.Background, 100)
		w.check(err)
		for range now.Active {
			w.end(status)
		}
		w.now = w.now.Add(time.Second)
	}
	w.t.Fatal("the backfill does not end")
	return store.Backfilling{}
}

// runsOf counts the runs of each moment of a trigger.
func (w *world) runsOf(g trigger.Trigger) map[time.Time][]run.Run {
	w.t.Helper()
	all := map[time.Time][]run.Run{}
	for p := (store.Page{Limit: 200}); ; {
		some, next, err := w.Runs(w.t.Context(), store.RunFilter{Trigger: g.ID.String()}, p)
		w.check(err)
		for _, r := range some {
			at := r.Cause.ScheduledFor.UTC()
			all[at] = append(all[at], r)
		}
		if p.Cursor = next; next == "" {
			return all
		}
	}
}

func TestBackfillFillsWhatAnOutageLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *", "message": "for {{ schedule.scheduled_for }}"}`, trigger.Policies{})
	w.pass(2 * time.Minute)
	w.away(90 * time.Minute)
	w.fire()
	for range 3 {
		w.end(run.StatusCompleted)
	}
	var l ledger
	l.now(string(g.Config), noon)
	until := w.now
	b := w.backfill(g, noon.Add(-10*time.Minute), trigger.Missing, 7)
	got := w.complete(b, run.StatusCompleted)
	if got.Status != trigger.BackfillCompleted || got.Moments != 103 || got.Started != 100 || got.Kept != 3 || got.Completed != 100 || got.FinishedAt == nil {
		t.Errorf("came to %+v", got)
	}
	owed := append(l.owes(until), before(noon)...)
	slices.SortFunc(owed, time.Time.Compare)
	for _, complaint := range account(owed, w.fires(g.ID)) {
		t.Error(complaint)
	}
	runs := w.runsOf(g)
	for _, at := range owed {
		if len(runs[at]) != 1 {
			t.Errorf("%s has %d runs", at, len(runs[at]))
		}
	}
	one := runs[noon.Add(30*time.Minute)][0]
	if one.Cause.Backfill != b.ID.String() || one.Cause.Kind != "schedule" || one.Message != "for 2026-03-20T12:30:00Z" || one.Cause.LatenessMS < 3_600_000 {
		t.Errorf("a run that was started after all is %+v with %q", one.Cause, one.Message)
	}
	at, err := w.FiresAt(t.Context(), g.ID, noon.Add(30*time.Minute))
	w.check(err)
	if at[0].Disposition != trigger.Backfilled || at[0].Run != one.ID || at[0].Reason != "backfill "+b.ID.String()+", after skipped_misfire" {
		t.Errorf("its moment is recorded as %+v", at[0])
	}
	again := w.complete(w.backfill(g, noon.Add(-10*time.Minute), trigger.Missing, 7), run.StatusCompleted)
	if again.Started != 0 || again.Kept != again.Moments {
		t.Errorf("again, it comes to %+v", again)
	}
}

// before are the ten minutes before a moment, and the moment.
func before(at time.Time) (all []time.Time) {
	for n := range 11 {
		all = append(all, at.Add(-time.Duration(n)*time.Minute))
	}
	return all
}

func TestModeDecidesWhichMomentsStartAgain(t *testing.T) {
	t.Parallel()
	for mode, want := range map[trigger.BackfillMode]map[string]int{
		trigger.Missing:          {"started": 1, "kept": 2},
		trigger.MissingAndFailed: {"started": 2, "kept": 1},
		trigger.AllMoments:       {"started": 3, "kept": 0},
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{Misfire: trigger.Misfire{Mode: "skip"}})
			w.pass(2 * time.Minute)
			w.end(run.StatusFailed)
			w.end(run.StatusCompleted)
			w.away(90 * time.Second)
			w.fire() // the third is skipped
			b := w.backfill(g, noon.Add(30*time.Second), mode, 2)
			got := w.complete(b, run.StatusFailed)
			if counts := map[string]int{"started": got.Started, "kept": got.Kept}; !maps.Equal(counts, want) || got.Failed != got.Started {
				t.Errorf("came to %v with %d failed, want %v", counts, got.Failed, want)
			}
			fires := w.fires(g.ID)
			if len(fires) != 3 {
				t.Errorf("three moments have %d records", len(fires))
			}
			if mode == trigger.AllMoments && (len(w.runsOf(g)[noon.Add(2*time.Minute)]) != 2 || !strings.Contains(fires[1].Reason, ", after run ")) {
				t.Errorf("what started twice is recorded as %+v", fires[1])
			}
		})
	}
}

func TestBackfillStandsStillUntilItMayGoOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policies  trigger.Policies
		stop, let func(w *world)
		want      string
	}{
		"Paused":     {trigger.Policies{}, func(w *world) { w.status("often", trigger.Paused) }, func(w *world) { w.status("often", trigger.Active); w.fire() }, "the trigger is paused"},
		"Workspace":  {trigger.Policies{}, func(w *world) { w.switched(true) }, func(w *world) { w.switched(false) }, "all triggers of the workspace"},
		"QueueFull":  {trigger.Policies{}, func(w *world) { w.limited(1, 1) }, func(w *world) { w.limited(100, 100) }, "too many pending"},
		"Overlap":    {trigger.Policies{Overlap: trigger.SkipOverlap}, func(w *world) { w.pass(time.Minute) }, func(w *world) { w.end(run.StatusCompleted) }, "has not ended"},
		"NotDecided": {trigger.Policies{}, func(w *world) { w.away(3 * time.Minute) }, func(w *world) { w.fire() }, "has not decided about 2026-03-20T12:01:00Z itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := w.put("often", `{"cron": "* * * * *"}`, c.policies)
			c.stop(w)
			b := w.backfill(g, noon.Add(-4*time.Minute), trigger.Missing, 100)
			w.fill()
			if now := w.stands(b); now.Status != trigger.BackfillRunning || !strings.Contains(now.Reason, c.want) || now.Next == nil {
				t.Fatalf("it stands at %+v, want because %q", now.Backfill, c.want)
			}
			c.let(w)
			w.now = w.now.Add(time.Second)
			if now := w.complete(b, run.StatusCompleted); now.Status != trigger.BackfillCompleted || now.Started+now.Kept != now.Moments || now.Reason != "" {
				t.Errorf("let go, it comes to %+v", now)
			}
		})
	}
}

// switched sets the switch of the workspace that stops its triggers.
func (w *world) switched(paused bool) {
	w.t.Helper()
	_, err := w.ChangeWorkspace(w.t.Context(), nil, func(ws tenant.Workspace) tenant.Workspace {
		ws.TriggersPaused = paused
		return ws
	})
	w.check(err)
}

// limited sets how many runs may go on and wait.
func (w *world) limited(running, pending int) {
	w.t.Helper()
	_, err := w.ChangeWorkspace(w.t.Context(), nil, func(ws tenant.Workspace) tenant.Workspace {
		ws.Limits.Running, ws.Limits.Pending = running, pending
		return ws
	})
	w.check(err)
}

func TestBackfillTellsWhatCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *", "message": "{{ 1 / schedule.missed }}"}`, trigger.Policies{})
	got := w.complete(w.backfill(g, noon.Add(-4*time.Minute), trigger.Missing, 5), run.StatusCompleted)
	if got.Skipped != 5 || got.Status != trigger.BackfillCompleted {
		t.Errorf("came to %+v", got)
	}
	for _, f := range w.fires(g.ID) {
		if f.Disposition != trigger.SkippedError || f.Run != uuid.Nil || !strings.Contains(f.Reason, "division") {
			t.Errorf("recorded as %+v", f)
		}
	}
}

func TestBackfillEndsWithItsTriggerOrByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{})
	b := w.backfill(g, noon.Add(-4*time.Minute), trigger.Missing, 1)
	w.fill()
	aborted, err := w.AbortBackfill(t.Context(), g.ID, b.ID)
	w.check(err)
	w.now = w.now.Add(time.Minute)
	w.fill()
	if now := w.stands(b); aborted.Status != trigger.BackfillAborted || now.Started != 1 || now.Status != trigger.BackfillAborted || now.Active != 1 {
		t.Errorf("aborted, it stands at %+v", now)
	}
	if _, err := w.AbortBackfill(t.Context(), g.ID, b.ID); err == nil {
		t.Error("it is aborted twice")
	}
	other := w.backfill(g, noon.Add(-4*time.Minute), trigger.Missing, 1)
	w.check(w.DeleteTrigger(t.Context(), "often"))
	w.fill()
	if now := w.stands(other); now.Status != trigger.BackfillAborted || !strings.Contains(now.Reason, "deleted") {
		t.Errorf("without its trigger it stands at %+v", now)
	}
}

// A schedule that cancels what runs does not cancel what a backfill started, and
// failures of the past pause nothing.
func TestScheduleGoesOnBesideItsBackfill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{Overlap: trigger.CancelRunning, AutoPause: 2})
	b := w.backfill(g, noon.Add(-4*time.Minute), trigger.Missing, 3)
	w.fill()
	w.pass(time.Minute)
	if now := w.stands(b); now.Active != 1 || now.Cancelled != 0 || now.Started != 1 {
		t.Errorf("beside the schedule it stands at %+v", now)
	}
	if got := sums(w.fires(g.ID)); got[trigger.Started] != 1 {
		t.Errorf("beside the backfill the schedule comes to %v", got)
	}
	w.end(run.StatusFailed)
	w.end(run.StatusCompleted)
	w.complete(b, run.StatusFailed)
	w.pass(time.Minute)
	if now, err := w.Trigger(t.Context(), "often"); err != nil || now.Status != trigger.Active {
		t.Errorf("after failures of the past it is %s, %v", now.Status, err)
	}
}
