package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// wheel is the simplest clockwork: every moment that the plan starts starts a
// run of the world's graph.
type wheel struct {
	w     world
	pause string
	bad   uuid.UUID // the trigger that cannot be decided upon
}

func (wheel) Wants(trigger.Trigger) store.Wants { return store.Wants{Recent: true, Output: true} }

func (h wheel) Rule(s store.Scheduled) store.Ruling {
	p := s.Position
	if h.pause != "" {
		p.PauseFrom, p.Nominal, p.Look = p.Nominal, nil, nil
		return store.Ruling{Position: p, Pause: h.pause}
	}
	table, err := s.Trigger.Table()
	if err != nil {
		p.Look, p.Nominal, p.Broken = nil, nil, err.Error()
		return store.Ruling{Position: p}
	}
	plan := trigger.Owed{Trigger: s.Trigger.ID, Table: table, From: *p.Nominal, Left: table.Left(p.Fired), Now: s.Now}.Plan(s.Trigger.Policies)
	var r store.Ruling
	for _, m := range plan.Moments {
		f := store.Ruled{Fire: m.Fire(s.Trigger.ID, "DEV", s.Now)}
		if f.Disposition == trigger.Started {
			start := h.w.start()
			start.Run.TriggerID, start.Run.Trigger = s.Trigger.ID, s.Trigger.Name
			if h.bad == s.Trigger.ID {
				start.Run.Class = "neither"
			}
			f.Start, f.Run = &start, start.Run.ID
		}
		r.Fires = append(r.Fires, f)
	}
	p.Nominal, p.Look = plan.Next, nil
	if plan.Next != nil {
		p.Look = &plan.Due
	}
	p.Fired += plan.Count
	r.Position = p
	return r
}

func minutely(name string) trigger.Trigger {
	return trigger.Trigger{Name: name, Kind: "schedule", Graph: "digest", Environments: []string{"DEV"}, Config: json.RawMessage(`{"cron": "* * * * *"}`)}
}

// scheduled makes a trigger whose schedule has stood still for so many minutes.
func scheduled(t *testing.T, s *store.Store, w world, g trigger.Trigger, minutes int) trigger.Trigger {
	t.Helper()
	g, _, err := w.PutTrigger(t.Context(), g, nil)
	must(t, err)
	must(t, s.TurnBack(t.Context(), g.ID, time.Duration(minutes)*time.Minute))
	return g
}

func TestMomentStartsItsRunOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 1)
		got, err := s.Fleet().Fire(t.Context(), 10, wheel{w: w})
		must(t, err)
		if got.Schedules != 1 || len(got.Fires) != 1 || len(got.Accepted) != 1 || !got.Accepted[0].Admitted || got.Accepted[0].Run != got.Fires[0].Run {
			t.Fatalf("fired %+v", got)
		}
		if got.Wait <= 0 || got.Wait > time.Minute {
			t.Errorf("the next is due in %s", got.Wait)
		}
		r, err := w.Run(t.Context(), got.Fires[0].Run)
		must(t, err)
		if r.Status != run.StatusPending || r.TriggerID != g.ID {
			t.Errorf("the run is %+v", r)
		}
		must(t, s.TurnBack(t.Context(), g.ID, time.Minute)) // as a clock that jumps back
		if got, err = s.Fleet().Fire(t.Context(), 10, wheel{w: w}); err != nil || len(got.Accepted) > 0 {
			t.Errorf("the same moment starts %d more runs, %v", len(got.Accepted), err)
		}
		found, err := s.Fleet().Audit(t.Context())
		must(t, err)
		if found["counters_drift"] != 0 {
			t.Error("the counters have drifted")
		}
	})
}

func TestScheduleFollowsItsTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g, _, err := w.CreateTrigger(ctx, minutely(""), store.Once{})
		must(t, err)
		at := func() store.Position {
			t.Helper()
			all, err := w.Positions(ctx, []uuid.UUID{g.ID})
			must(t, err)
			return all[g.ID]
		}
		first := at()
		if first.Nominal == nil || first.Nominal.Before(time.Now()) || first.Nominal.After(time.Now().Add(time.Minute)) {
			t.Fatalf("a new schedule stands at %+v", first)
		}
		must(t, failure(w.SetTriggerStatus(ctx, g.Name, trigger.Paused, "lunch")))
		if p := at(); p.Nominal != nil || p.Look != nil || p.PauseFrom == nil {
			t.Errorf("a paused schedule stands at %+v", p)
		}
		must(t, s.TurnBack(ctx, g.ID, 3*time.Minute))
		must(t, failure(w.SetTriggerStatus(ctx, g.Name, trigger.Active, "")))
		if p := at(); p.Nominal == nil || !p.Nominal.After(time.Now()) || p.PauseUntil == nil || p.Look.After(time.Now().Add(time.Second)) {
			t.Errorf("a resumed schedule stands at %+v", p)
		}
		must(t, failure(w.ChangeTrigger(ctx, g.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Config = json.RawMessage(`{"preset": "monthly"}`)
			return g, nil
		})))
		if p := at(); p.Nominal == nil || p.Nominal.Day() != 1 || p.PauseFrom != nil {
			t.Errorf("a changed schedule stands at %+v", p)
		}
		fires, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{})
		must(t, err)
		if len(fires) < 3 || fires[0].Disposition != trigger.SkippedPaused {
			t.Errorf("the moments of the pause are %+v", fires)
		}
		must(t, w.DeleteTrigger(ctx, g.Name))
		if p := at(); p.Nominal != nil {
			t.Errorf("a deleted schedule stands at %+v", p)
		}
		must(t, failure(w.PauseTriggers(ctx, store.TriggerFilter{Kind: "schedule"}, "all", func(trigger.Trigger) bool { return true })))
		all, err := w.Positions(ctx, []uuid.UUID{w.trigger.ID})
		must(t, err)
		if all[w.trigger.ID].Nominal != nil {
			t.Error("a schedule that was paused with others goes on")
		}
	})
}

func TestEditKeepsAMomentThatIsDue(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 1)
		must(t, failure(w.ChangeTrigger(ctx, g.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Config = json.RawMessage(`{"cron": "* * * * *", "message": "other words"}`)
			return g, nil
		})))
		if got, err := s.Fleet().Fire(ctx, 10, wheel{w: w}); err != nil || len(got.Accepted) != 1 {
			t.Errorf("other words leave %d starts, %v", len(got.Accepted), err)
		}
		must(t, s.TurnBack(ctx, g.ID, 2*time.Minute))
		must(t, failure(w.ChangeTrigger(ctx, g.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Config = json.RawMessage(`{"cron": "0 0 1 1 *"}`)
			return g, nil
		})))
		if got, err := s.Fleet().Fire(ctx, 10, wheel{w: w}); err != nil || len(got.Fires) != 0 {
			t.Errorf("other moments leave %d fires, %v", len(got.Fires), err)
		}
		edited, _, err := w.Fires(ctx, g.ID, store.FireFilter{Disposition: trigger.SkippedEdited}, store.Page{})
		must(t, err)
		if len(edited) == 0 {
			t.Error("the moment that the edit left out is not accounted for")
		}
	})
}

func TestFullQueueIsToldByTheFire(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		must(t, failure(w.ChangeWorkspace(ctx, nil, func(ws tenant.Workspace) tenant.Workspace {
			ws.Limits.Running, ws.Limits.Pending = 1, 1
			return ws
		})))
		for _, name := range []string{"a", "b", "c"} {
			scheduled(t, s, w, minutely(name), 1)
		}
		got, err := s.Fleet().Fire(ctx, 10, wheel{w: w})
		must(t, err)
		count := map[trigger.Disposition]int{}
		for _, f := range got.Fires {
			stored, _, err := w.Fires(ctx, f.Trigger, store.FireFilter{}, store.Page{})
			must(t, err)
			if len(stored) != 1 || stored[0].Disposition != f.Disposition || stored[0].Run != f.Run {
				t.Errorf("stored as %+v, told as %+v", stored, f)
			}
			count[f.Disposition]++
		}
		if count[trigger.Started] != 2 || count[trigger.SkippedQueueFull] != 1 {
			t.Errorf("became %v", count)
		}
	})
}

func TestBrokenScheduleHarmsNoOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		var bad trigger.Trigger
		for n := range 20 {
			g := scheduled(t, s, w, minutely("n"+uuid.NewString()[:8]), 1)
			if n == 7 {
				bad = g
			}
		}
		got, err := s.Fleet().Fire(ctx, 100, wheel{w: w, bad: bad.ID})
		must(t, err)
		if len(got.Accepted) != 19 || len(got.Broken) > 1 {
			t.Errorf("%d runs start, %v", len(got.Accepted), got.Broken)
		}
		all, err := w.Positions(ctx, []uuid.UUID{bad.ID})
		must(t, err)
		if all[bad.ID].Broken == "" || all[bad.ID].Look != nil {
			t.Errorf("the broken one stands at %+v", all[bad.ID])
		}
		must(t, failure(w.ChangeTrigger(ctx, bad.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Config = json.RawMessage(`{"every": "1m"}`)
			return g, nil
		})))
		if all, err = w.Positions(ctx, []uuid.UUID{bad.ID}); err != nil || all[bad.ID].Broken != "" || all[bad.ID].Nominal == nil {
			t.Errorf("once mended it stands at %+v, %v", all[bad.ID], err)
		}
	})
}

func TestTriggerPausesItself(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 1)
		must(t, failure(s.Fleet().Fire(t.Context(), 10, wheel{w: w, pause: "too many failures"})))
		g, err := w.Trigger(t.Context(), g.Name)
		must(t, err)
		if g.Status != trigger.Paused || g.PausedReason != "too many failures" || g.Revision != 2 {
			t.Errorf("the trigger is %+v", g)
		}
		if got, err := s.Fleet().Fire(t.Context(), 10, wheel{w: w}); err != nil || got.Schedules != 0 {
			t.Errorf("a paused schedule is looked at: %+v, %v", got, err)
		}
	})
}

func TestProcessesShareTheirSchedules(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w := newWorld(t, s)
	const many = 60
	for range many {
		scheduled(t, s, w, minutely("n"+uuid.NewString()[:8]), 1)
	}
	fired := make(chan int)
	for range 4 {
		go func() {
			n := 0
			for {
				got, err := s.Fleet().Fire(t.Context(), 7, wheel{w: w})
				if err != nil {
					t.Error(err)
				}
				if n += len(got.Accepted); got.Schedules == 0 && got.Wait > 0 || err != nil {
					break
				}
			}
			fired <- n
		}()
	}
	sum := 0
	for range 4 {
		sum += <-fired
	}
	if sum != many {
		t.Errorf("%d runs start, want %d", sum, many)
	}
}

func TestSchedulesAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, mine, theirs := t.Context(), newWorld(t, s), newWorld(t, s)
		g := scheduled(t, s, theirs, minutely("often"), 1)
		got, err := s.Fleet().Fire(ctx, 10, wheel{w: theirs})
		must(t, err)
		see := func(w world) int {
			positions, err := w.Positions(ctx, []uuid.UUID{g.ID})
			must(t, err)
			listed, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{})
			must(t, err)
			at, err := w.FiresAt(ctx, g.ID, got.Fires[0].At)
			must(t, err)
			return len(positions) + len(listed) + len(at)
		}
		if n := see(mine); n != 0 {
			t.Errorf("%d rows of another workspace are seen", n)
		}
		if n := see(theirs); n != 3 {
			t.Errorf("%d of one's own three rows are seen", n)
		}
	})
}

func TestFiresAreListedInPages(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 6)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		var seen []time.Time
		for p := (store.Page{Limit: 2}); ; {
			fires, next, err := w.Fires(ctx, g.ID, store.FireFilter{}, p)
			must(t, err)
			for _, f := range fires {
				seen = append(seen, f.At)
			}
			if p.Cursor = next; next == "" {
				break
			}
		}
		for i := 1; i < len(seen); i++ {
			if seen[i-1].Sub(seen[i]) != time.Minute {
				t.Errorf("%s is listed before %s", seen[i-1], seen[i])
			}
		}
		if len(seen) != 6 {
			t.Errorf("%d fires are listed, want 6", len(seen))
		}
		middle := seen[3]
		some, _, err := w.Fires(ctx, g.ID, store.FireFilter{Since: &middle, Until: &seen[1], Environments: []string{"DEV"}}, store.Page{})
		must(t, err)
		none, _, err := w.Fires(ctx, g.ID, store.FireFilter{Environments: []string{"PROD"}}, store.Page{})
		must(t, err)
		if len(some) != 2 || len(none) != 0 {
			t.Errorf("%d fires are between two moments, want 2; %d in another environment", len(some), len(none))
		}
	})
}
