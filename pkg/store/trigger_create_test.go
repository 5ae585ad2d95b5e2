package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// unnamed is a trigger on the world's graph that leaves its name to the store.
func unnamed(title string) trigger.Trigger {
	return trigger.Trigger{Title: title, Kind: "api", Graph: "digest"}
}

func TestNameIsMadeFromTheTitle(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, c := range []struct{ title, name string }{
			{"Nightly", "nightly-2"}, // the world has one
			{"Nightly", "nightly-3"},
			{" Größe: 50% of_alerts! ", "gr-e-50-of-alerts"},
			{"", "api"},
			{"日本", "api-2"},
			{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "trigger-6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		} {
			g, fresh, err := w.CreateTrigger(t.Context(), unnamed(c.title), store.Once{})
			if err != nil || !fresh || g.Name != c.name || g.Title != c.title || g.Revision != 1 || g.Status != trigger.Active {
				t.Errorf("%q: %+v, %v; want name %s", c.title, g, err, c.name)
			}
		}
		must(t, w.DeleteTrigger(t.Context(), "nightly-2"))
		g, _, err := w.CreateTrigger(t.Context(), unnamed("Nightly"), store.Once{})
		if err != nil || g.Name != "nightly-2" {
			t.Errorf("a name that is free again: %s, %v", g.Name, err)
		}
		named := unnamed("")
		named.Name = "nightly"
		_, _, err = w.CreateTrigger(t.Context(), named, store.Once{})
		refused(t, err, fault.Conflict)
		_, _, err = w.CreateTrigger(t.Context(), trigger.Trigger{Kind: "api", Graph: "nothing"}, store.Once{})
		refused(t, err, fault.CodeInvalid)
	})
}

func TestEveryOneOfManyCreationsGetsAName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const n = 8
		var all sync.WaitGroup
		names := make(chan string, n)
		for range n {
			all.Go(func() {
				g, _, err := w.CreateTrigger(t.Context(), unnamed("Same"), store.Once{})
				if err != nil {
					t.Error(err)
				}
				names <- g.Name
			})
		}
		all.Wait()
		close(names)
		seen := map[string]bool{}
		for name := range names {
			seen[name] = true
		}
		for i := 2; i <= n; i++ {
			if !seen["same"] || !seen[fmt.Sprintf("same-%d", i)] {
				t.Fatalf("names %v", seen)
			}
		}
	})
}

func TestSameKeyCreatesOneTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		once := store.Once{Key: "k", Hash: []byte("a"), TTL: time.Hour}
		const n = 6
		var all sync.WaitGroup
		ids, made := make(chan uuid.UUID, n), make(chan bool, n)
		for range n {
			all.Go(func() {
				g, fresh, err := w.CreateTrigger(ctx, unnamed("Once"), once)
				if err != nil {
					t.Error(err)
				}
				ids <- g.ID
				made <- fresh
			})
		}
		all.Wait()
		close(made)
		first, fresh := <-ids, 0
		for range n - 1 {
			if id := <-ids; id != first {
				t.Errorf("two triggers, %s and %s", first, id)
			}
		}
		for m := range made {
			if m {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("%d creations, want 1", fresh)
		}
		other := once
		other.Hash = []byte("b")
		_, _, err := w.CreateTrigger(ctx, unnamed("Other"), other)
		refused(t, err, fault.IdempotencyConflict)

		must(t, w.DeleteTrigger(ctx, first.String()))
		_, _, err = w.CreateTrigger(ctx, unnamed("Once"), once)
		refused(t, err, fault.Conflict)
		_, _, err = w.CreateTrigger(ctx, trigger.Trigger{Kind: "api", Graph: "nothing"}, store.Once{Key: "refused", Hash: []byte("a"), TTL: time.Hour})
		refused(t, err, fault.CodeInvalid)
		if _, fresh, err := w.CreateTrigger(ctx, unnamed("x"), store.Once{Key: "refused", Hash: []byte("c"), TTL: time.Hour}); err != nil || !fresh {
			t.Errorf("the key of a refused creation: fresh %v, %v", fresh, err)
		}
		short := store.Once{Key: "short", Hash: []byte("a"), TTL: -time.Second}
		for range 2 {
			if _, fresh, err := w.CreateTrigger(ctx, unnamed("Short"), short); err != nil || !fresh {
				t.Errorf("a key whose time is over: fresh %v, %v", fresh, err)
			}
		}
	})
}

func TestCreationKeysAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newWorld(t, s), newWorld(t, s)
		once := store.Once{Key: "k", Hash: []byte("a"), TTL: time.Hour}
		a, _, err := theirs.CreateTrigger(t.Context(), unnamed("Same"), once)
		must(t, err)
		b, fresh, err := mine.CreateTrigger(t.Context(), unnamed("Same"), once)
		if err != nil || !fresh || a.ID == b.ID || a.Name != b.Name {
			t.Errorf("%+v and %+v, %v", a, b, err)
		}
		foreign := unnamed("x")
		foreign.GraphID = theirs.graph.ID
		_, _, err = mine.CreateTrigger(t.Context(), foreign, store.Once{})
		refused(t, err, fault.CodeInvalid)
	})
}
