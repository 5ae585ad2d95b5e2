package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// taker is the simplest filler: every moment that the mode wants starts a run of
// the world's graph.
type taker struct {
	w   world
	bad bool // its runs cannot be stored
}

func (taker) Wants(trigger.Trigger) store.Wants { return store.Wants{} }

func (h taker) Fill(f store.Filling) (out store.Filled) {
	for i, s := range f.Slots {
		if !f.Found[i].Filled(f.Backfill.Mode) {
			out.Slots = append(out.Slots, store.FilledSlot{Keep: true})
			continue
		}
		start := h.w.start()
		start.Run.TriggerID = f.Trigger.ID
		if h.bad {
			start.Run.Class = "neither"
		}
		out.Slots = append(out.Slots, store.FilledSlot{Start: &start, Fire: trigger.Fire{
			Trigger: f.Trigger.ID, Environment: s.Environment, At: s.At, Until: s.At, Count: 1,
			Disposition: trigger.Backfilled, Run: start.Run.ID, DecidedAt: f.Now,
		}})
	}
	return out
}

// backfill asks for the runs of the last minutes of a schedule.
func backfill(t *testing.T, w world, g trigger.Trigger, minutes int) trigger.Backfill {
	t.Helper()
	until := time.Now().Add(-2 * time.Second).Truncate(time.Minute) // what comes later is nobody's yet
	b := trigger.Backfill{
		Trigger: g.ID, Mode: trigger.Missing, Environments: []string{"DEV"}, Since: until.Add(-time.Duration(minutes) * time.Minute), Until: until,
		MaxActive: 100, Config: g.Config, CreatedBy: "test",
	}
	table, err := b.Table(g.CreatedAt)
	must(t, err)
	return b.Begin(table)
}

func TestBackfillTakesRecordsOfSeveralMomentsApart(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 40)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		b := backfill(t, w, g, 30)
		starts := 0
		must(t, w.Foresee(ctx, b, g.CreatedAt, func(_ trigger.Slot, found store.Found) {
			if found.Filled(b.Mode) {
				starts++
			}
		}))
		made, fresh, err := w.CreateBackfill(ctx, b, store.Once{Key: "once", Hash: []byte{1}, TTL: time.Hour})
		must(t, err)
		again, repeated, err := w.CreateBackfill(ctx, b, store.Once{Key: "once", Hash: []byte{1}, TTL: time.Hour})
		must(t, err)
		if !fresh || repeated || again.ID != made.ID {
			t.Errorf("asked again with its key, %s is made beside %s", again.ID, made.ID)
		}
		got, err := s.Fleet().Backfill(ctx, taker{w: w})
		must(t, err)
		now, err := w.Backfill(ctx, g.ID, made.ID)
		must(t, err)
		if !got.Found || len(got.Accepted) != starts || starts < 28 || now.Started != starts || now.Active != starts || now.Kept+starts != b.Moments || now.Next != nil {
			t.Fatalf("%d runs start of %d foreseen; it stands at %+v", len(got.Accepted), starts, now)
		}
		count := map[trigger.Disposition]int{}
		var before time.Time
		fires, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{Limit: 200})
		must(t, err)
		for _, f := range fires {
			count[f.Disposition] += f.Count
			if !before.IsZero() && !f.Until.Before(before) {
				t.Errorf("the record of %s to %s reaches into the one after it", f.At, f.Until)
			}
			before = f.At
		}
		sum := 0
		for _, n := range count {
			sum += n
		}
		if sum != 40 || count[trigger.Backfilled] != starts {
			t.Errorf("forty moments are recorded as %v", count)
		}
		found, err := s.Fleet().Audit(ctx)
		must(t, err)
		if found["counters_drift"] != 0 {
			t.Error("the counters have drifted")
		}
		if n, err := s.Fleet().SweepBackfills(ctx, 0, 10); err != nil || n != 0 {
			t.Errorf("%d that go on are swept, %v", n, err)
		}
		must(t, failure(w.AbortBackfill(ctx, g.ID, made.ID)))
		if n, err := s.Fleet().SweepBackfills(ctx, time.Hour, 10); err != nil || n != 0 {
			t.Errorf("%d are swept before their time, %v", n, err)
		}
		if n, err := s.Fleet().SweepBackfills(ctx, -time.Second, 10); err != nil || n != 1 {
			t.Errorf("%d are swept, %v", n, err)
		}
		refused(t, failure(w.Backfill(ctx, g.ID, made.ID)), fault.NotFound)
	})
}

func TestBackfillThatCannotGoOnIsStoppedAndHarmsNoOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g, _, err := w.PutTrigger(ctx, minutely("often"), nil)
		must(t, err)
		b, _, err := w.CreateBackfill(ctx, backfill(t, w, g, 5), store.Once{})
		must(t, err)
		got, err := s.Fleet().Backfill(ctx, taker{w: w, bad: true})
		must(t, err)
		now, err := w.Backfill(ctx, g.ID, b.ID)
		must(t, err)
		if got.Stopped != b.ID || now.Status != trigger.BackfillAborted || now.Reason == "" || now.Started != 0 {
			t.Errorf("stopped %s; it stands at %+v", got.Stopped, now)
		}
		_, _, err = w.CreateBackfill(ctx, backfill(t, w, g, 5), store.Once{})
		must(t, err)
		if got, err := s.Fleet().Backfill(ctx, taker{w: w}); err != nil || len(got.Accepted) != 5 {
			t.Errorf("the next one starts %d runs, %v", len(got.Accepted), err)
		}
	})
}

func TestWorkspaceHasFewBackfillsAtOnce(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	w := newWorld(t, s)
	g, _, err := w.PutTrigger(t.Context(), minutely("often"), nil)
	must(t, err)
	for range 50 {
		_, _, err = w.CreateBackfill(t.Context(), backfill(t, w, g, 5), store.Once{})
		must(t, err)
	}
	_, _, err = w.CreateBackfill(t.Context(), backfill(t, w, g, 5), store.Once{})
	refused(t, err, fault.Conflict)
}

func TestBackfillsAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, mine, theirs := t.Context(), newWorld(t, s), newWorld(t, s)
		g, _, err := theirs.PutTrigger(ctx, minutely("often"), nil)
		must(t, err)
		b, _, err := theirs.CreateBackfill(ctx, backfill(t, theirs, g, 5), store.Once{})
		must(t, err)
		refused(t, failure(mine.Backfill(ctx, g.ID, b.ID)), fault.NotFound)
		refused(t, failure(mine.AbortBackfill(ctx, g.ID, b.ID)), fault.NotFound)
		_, _, err = mine.CreateBackfill(ctx, backfill(t, theirs, g, 5), store.Once{})
		refused(t, err, fault.NotFound)
		must(t, mine.Foresee(ctx, b, g.CreatedAt, func(trigger.Slot, store.Found) { t.Error("moments of another workspace are told") }))
		for _, w := range []world{mine, theirs} {
			all, _, err := w.Backfills(ctx, g.ID, store.Page{})
			must(t, err)
			if want := w.workspace.ID == theirs.workspace.ID; len(all) == 1 != want {
				t.Errorf("%d backfills are seen", len(all))
			}
		}
		if now, err := theirs.Backfill(ctx, g.ID, b.ID); err != nil || now.Status != trigger.BackfillRunning {
			t.Errorf("it stands at %+v, %v", now, err)
		}
		refused(t, failure(theirs.Backfill(ctx, theirs.trigger.ID, uuid.New())), fault.NotFound)
	})
}
