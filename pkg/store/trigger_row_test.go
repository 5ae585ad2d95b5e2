package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListByTheLastChange(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for i := range 4 {
			_, _, err := w.PutTrigger(ctx, trigger.Trigger{Name: fmt.Sprint("t", i), Kind: "api", Graph: "digest"}, nil)
			must(t, err)
		}
		for _, name := range []string{"t2", "nightly"} {
			_, err := w.SetTriggerStatus(ctx, name, trigger.Paused, "")
			must(t, err)
		}
		var seen []string
		for page := (store.Page{Limit: 2}); ; {
			some, next, err := w.Triggers(ctx, page, store.TriggerFilter{Changed: true})
			must(t, err)
			for _, g := range some {
				seen = append(seen, g.Name)
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		equal(t, seen, "nightly", "t2", "t3", "t1", "t0")
	})
}

func TestTriggersAreFilteredByEnvironmentAndLabel(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		odd := trigger.Trigger{Name: "all", Kind: "api", Graph: "digest", Labels: map[string]string{"1": `a"b`, "a.b/c": ":", "owner": "web"}}
		_, _, err := w.PutTrigger(ctx, odd, nil)
		must(t, err)
		for name, c := range map[string]struct {
			filter store.TriggerFilter
			want   []string
		}{
			"its own":     {store.TriggerFilter{Environment: "DEV"}, []string{"all", "nightly"}},
			"another":     {store.TriggerFilter{Environment: "PROD"}, []string{"all"}},
			"label":       {store.TriggerFilter{Labels: map[string]string{"owner": "data"}}, []string{"nightly"}},
			"number":      {store.TriggerFilter{Labels: map[string]string{"1": `a"b`}}, []string{"all"}},
			"dotted":      {store.TriggerFilter{Labels: map[string]string{"a.b/c": ":"}}, []string{"all"}},
			"both":        {store.TriggerFilter{Labels: map[string]string{"owner": "data", "1": `a"b`}}, nil},
			"other value": {store.TriggerFilter{Labels: map[string]string{"owner": "dat"}}, nil},
			"a path":      {store.TriggerFilter{Labels: map[string]string{"$.owner": "data"}}, nil},
		} {
			found, _, err := w.Triggers(ctx, store.Page{}, c.filter)
			must(t, err)
			var got []string
			for _, g := range found {
				got = append(got, g.Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s finds %v, want %v", name, got, c.want)
			}
		}
	})
}

func TestLastRunIsTheNewestOfItsTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, other := newWorld(t, s), newWorld(t, s)
		idle, _, err := w.PutTrigger(ctx, trigger.Trigger{Name: "idle", Kind: "api", Graph: "digest"}, nil)
		must(t, err)
		var newest uuid.UUID
		for range 3 {
			accepted, err := w.Accept(ctx, w.start())
			must(t, err)
			newest = accepted.Run
		}
		_, err = other.Accept(ctx, other.start())
		must(t, err)
		last, err := w.LastRuns(ctx, []uuid.UUID{w.trigger.ID, idle.ID, other.trigger.ID})
		must(t, err)
		if got := last[w.trigger.ID]; len(last) != 1 || got.ID != newest || got.Status != run.StatusPending || got.Environment != "DEV" || got.CreatedAt.IsZero() {
			t.Errorf("last runs %+v, want %s alone", last, newest)
		}
		if none, err := w.LastRuns(ctx, nil); err != nil || len(none) != 0 {
			t.Errorf("of no trigger: %v, %v", none, err)
		}
	})
}

func TestTriggersThatShareAGraphAreNamed(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, other := newWorld(t, s), newWorld(t, s)
		for _, name := range []string{"c", "b", "archived", "deleted"} {
			_, _, err := w.PutTrigger(ctx, trigger.Trigger{Name: name, Kind: "api", Graph: "digest"}, nil)
			must(t, err)
		}
		_, err := w.SetTriggerStatus(ctx, "archived", trigger.Archived, "")
		must(t, err)
		must(t, w.DeleteTrigger(ctx, "deleted"))
		for most, want := range map[int][]string{10: {"b", "c"}, 1: {"b"}} {
			names, err := w.SharingTriggers(ctx, w.trigger, most)
			must(t, err)
			equal(t, names, want...)
		}
		foreign, err := w.SharingTriggers(ctx, other.trigger, 10)
		must(t, err)
		equal(t, foreign)
	})
}

func TestSlotsSayWhatAcceptanceWouldSay(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 1)
		for _, want := range []struct {
			slots            store.Slots
			accepted, atOnce bool
		}{
			{store.Slots{MaxRunning: 1, MaxPending: 1}, true, true},
			{store.Slots{Running: 1, MaxRunning: 1, MaxPending: 1}, true, false},
			{store.Slots{Running: 1, MaxRunning: 1, Pending: 1, MaxPending: 1}, false, false},
		} {
			slots, err := f.tenant.Slots(t.Context())
			f.check(err)
			accepted, atOnce := slots.Place()
			if slots != want.slots || accepted != want.accepted || atOnce != want.atOnce {
				t.Errorf("%+v: accepted %v, at once %v; want %+v", slots, accepted, atOnce, want)
			}
			got, err := f.tenant.Accept(t.Context(), begin())
			if (err == nil) != accepted || got.Admitted != atOnce {
				t.Errorf("accepting gives %+v, %v", got, err)
			}
		}
	})
}
