package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestTargetIsTheTriggerAndItsBuild(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		pinned := nightly()
		pinned.Name, pinned.Build = "pinned", 1
		_, _, err := w.PutTrigger(ctx, pinned, nil)
		must(t, err)
		_, _, err = w.PutGraph(ctx, says("digest", "two"), nil)
		must(t, err)
		_, _, err = w.Freeze(ctx, "digest", "test")
		must(t, err)
		must(t, failure(w.Assign(ctx, "DEV", "digest", 2, "test")))

		for _, c := range []struct {
			ref, environment string
			build            int
		}{
			{"nightly", "DEV", 2},
			{w.trigger.ID.String(), "DEV", 2},
			{"nightly", "PROD", 0},
			{"pinned", "DEV", 1},
			{"pinned", "PROD", 1},
		} {
			got, err := w.Target(ctx, c.ref, c.environment)
			must(t, err)
			want, err := w.Trigger(ctx, c.ref)
			must(t, err)
			if d := cmp.Diff(store.Target{Trigger: want, Build: c.build}, got, sameJSON); d != "" {
				t.Errorf("%s in %s: %s", c.ref, c.environment, d)
			}
		}
		_, err = w.Target(ctx, "nothing", "DEV")
		refused(t, err, fault.NotFound)
		_, err = w.Target(ctx, "nightly", "TEST")
		refused(t, err, fault.NotFound)
		must(t, w.DeleteTrigger(ctx, "nightly"))
		_, err = w.Target(ctx, w.trigger.ID.String(), "DEV")
		refused(t, err, fault.NotFound)
	})
}
