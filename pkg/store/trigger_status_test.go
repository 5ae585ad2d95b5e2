package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestRestoredTriggerIsWhatItWas(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for _, c := range []struct {
			status trigger.Status
			reason string
		}{{trigger.Active, ""}, {trigger.Paused, "holidays"}, {trigger.Paused, ""}} {
			_, err := w.SetTriggerStatus(ctx, "nightly", trigger.Active, "")
			must(t, err)
			_, err = w.SetTriggerStatus(ctx, "nightly", c.status, c.reason)
			must(t, err)
			for range 2 {
				g, err := w.SetTriggerStatus(ctx, "nightly", trigger.Archived, "")
				if err != nil || g.Status != trigger.Archived {
					t.Errorf("archived: %+v, %v", g, err)
				}
			}
			edited := nightly()
			edited.Title += "!"
			if g, _, err := w.PutTrigger(ctx, edited, nil); err != nil || g.Status != trigger.Archived {
				t.Errorf("edited in the archive: %+v, %v", g, err)
			}
			for _, status := range []trigger.Status{trigger.Active, trigger.Paused} {
				_, err := w.SetTriggerStatus(ctx, "nightly", status, "")
				refused(t, err, fault.Conflict)
			}
			for range 2 {
				g, err := w.RestoreTrigger(ctx, "nightly")
				if err != nil || g.Status != c.status || g.PausedReason != c.reason {
					t.Errorf("restored: %+v, %v; want %+v", g, err, c)
				}
			}
		}
	})
}

func TestArchiveIsListedOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, err := w.SetTriggerStatus(ctx, "nightly", trigger.Archived, "")
		must(t, err)
		for status, want := range map[trigger.Status]int{"": 0, trigger.Active: 0, trigger.Paused: 0, trigger.Archived: 1} {
			all, _, err := w.Triggers(ctx, store.Page{}, store.TriggerFilter{Status: status})
			must(t, err)
			if len(all) != want {
				t.Errorf("status %q lists %d, want %d", status, len(all), want)
			}
		}
	})
}

func TestManyTriggersArePausedAndResumedTogether(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, other := newWorld(t, s), newWorld(t, s)
		put := func(name, kind string, labels map[string]string) {
			_, _, err := w.PutTrigger(ctx, trigger.Trigger{Name: name, Kind: kind, Graph: "digest", Labels: labels}, nil)
			must(t, err)
		}
		put("a", "api", map[string]string{"owner": "data", "tier": "1"})
		put("b", "api", map[string]string{"owner": "web"})
		put("kept", "api", map[string]string{"owner": "data"})
		_, err := w.SetTriggerStatus(ctx, "kept", trigger.Paused, "its own")
		must(t, err)
		_, err = w.SetTriggerStatus(ctx, "b", trigger.Archived, "")
		must(t, err)
		names := func(all []trigger.Trigger, err error) (names []string) {
			t.Helper()
			must(t, err)
			for _, g := range all {
				names = append(names, g.Name)
			}
			return names
		}
		anything := func(trigger.Trigger) bool { return true }
		data := store.TriggerFilter{Labels: map[string]string{"owner": "data"}}
		equal(t, names(w.PauseTriggers(ctx, data, "sale", func(g trigger.Trigger) bool { return g.Name != "a" })), "nightly")
		equal(t, names(w.PauseTriggers(ctx, data, "sale", anything)), "a")
		equal(t, names(w.PauseTriggers(ctx, data, "sale", anything)))
		a, err := w.Trigger(ctx, "a")
		must(t, err)
		if a.Status != trigger.Paused || a.PausedReason != "sale" || a.Revision != 2 || !a.UpdatedAt.After(a.CreatedAt) {
			t.Errorf("paused: %+v", a)
		}
		equal(t, names(w.ResumeTriggers(ctx, data, "sale", anything)), "nightly", "a")
		equal(t, names(w.ResumeTriggers(ctx, store.TriggerFilter{Kind: "api"}, "", anything)), "kept")
		equal(t, names(w.PauseTriggers(ctx, store.TriggerFilter{Kind: "api"}, "", anything)), "a", "kept")
		theirs, err := other.Trigger(ctx, "nightly")
		must(t, err)
		if theirs.Revision != 1 {
			t.Errorf("another workspace's trigger was touched: %+v", theirs)
		}
		_, err = w.PauseTriggers(ctx, data, "\x00", anything)
		refused(t, err, fault.CodeInvalid)
	})
}
