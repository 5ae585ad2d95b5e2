package store_test

import (
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// What is not kept any more is neither counted as missing nor filled again.
func TestForgottenMomentsAreNotMissing(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := minutely("often")
		g.Policies.Misfire = trigger.Misfire{Mode: trigger.CatchAll, Max: 100}
		g = scheduled(t, s, w, g, 40)
		must(t, s.Exec(`update triggers set created_at = '2020-01-01T00:00:00.000000Z'`))
		must(t, s.Exec(`update schedules set since = '2020-01-01T00:00:00.000000Z'`))
		g, err := w.Trigger(ctx, g.Name)
		must(t, err)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		expected := func() (missing, starts int) {
			t.Helper()
			all, err := s.Fleet().Accounts(ctx, 10)
			must(t, err)
			for _, a := range all {
				if a.Trigger.ID != g.ID {
					continue
				}
				for at := a.After.Truncate(time.Minute).Add(time.Minute); at.Before(a.Before); at = at.Add(time.Minute) {
					missing++
				}
				for _, f := range a.Fires {
					if f.At.After(a.After) {
						missing--
					}
				}
			}
			must(t, w.Foresee(ctx, backfill(t, w, g, 38), g.CreatedAt, func(_ trigger.Slot, found store.Found) {
				if found.Filled(trigger.Missing) {
					starts++
				}
			}))
			return missing, starts
		}
		if n, err := s.Fleet().SweepFires(ctx, time.Hour, 100); err != nil || n != 0 {
			t.Fatalf("%d are forgotten before their time, %v", n, err)
		}
		if missing, starts := expected(); missing != 0 || starts != 0 {
			t.Fatalf("%d are missing and %d would start", missing, starts)
		}
		for left, batch := 40, 15; left > 0; left -= batch {
			n, err := s.Fleet().SweepFires(ctx, -time.Second, batch)
			must(t, err)
			if n != min(batch, left) {
				t.Errorf("%d are forgotten, want %d", n, min(batch, left))
			}
			if missing, starts := expected(); missing != 0 || starts != 0 {
				t.Errorf("with %d left, %d are missing and %d would start", left-n, missing, starts)
			}
		}
		if all, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{}); err != nil || len(all) != 0 {
			t.Errorf("%d are left, %v", len(all), err)
		}
		again := 0
		must(t, w.Foresee(ctx, backfill(t, w, g, 38), g.CreatedAt, func(_ trigger.Slot, found store.Found) {
			if found.Filled(trigger.AllMoments) {
				again++
			}
		}))
		if again != 38 {
			t.Errorf("of all moments %d would start, want 38", again)
		}
		// A checker that never complains proves nothing.
		must(t, s.Exec(`update schedules set kept_from = null`))
		if missing, starts := expected(); missing == 0 || starts == 0 {
			t.Error("a schedule that forgets that it has forgotten is not noticed")
		}
	})
}
