package store_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestFreezeOfAnUnchangedDraftIsTheSameBuild(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		b, fresh, err := w.Freeze(ctx, "digest", "somebody")
		must(t, err)
		if fresh || b.Number != 1 || b.CreatedBy != "test" {
			t.Errorf("fresh %v: %+v", fresh, b)
		}
		_, _, err = w.PutGraph(ctx, says("digest", "good evening"), nil)
		must(t, err)
		b, fresh, err = w.Freeze(ctx, "digest", "somebody")
		must(t, err)
		if !fresh || b.Number != 2 {
			t.Errorf("fresh %v: %+v", fresh, b)
		}
		first, err := w.Build(ctx, "digest", 1)
		must(t, err)
		if d := cmp.Diff(says("digest", "good morning"), first.Definition, sameJSON); d != "" {
			t.Errorf("build 1 was changed: %s", d)
		}
		second, err := w.Build(ctx, "digest", 2)
		must(t, err)
		if d := cmp.Diff(b, second, sameJSON); d != "" {
			t.Error(d)
		}
		for _, n := range []int{0, -1, 3, math.MaxInt} {
			_, err := w.Build(ctx, "digest", n)
			refused(t, err, fault.NotFound)
		}
	})
}

func TestConcurrentFreezesCountUp(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		const n = 12
		errs := make(chan error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				_, _, put := w.PutGraph(ctx, says("digest", fmt.Sprint(i)), nil)
				_, _, freeze := w.Freeze(ctx, "digest", "test")
				errs <- errors.Join(put, freeze)
			})
		}
		all.Wait()
		for range n {
			must(t, <-errs)
		}
		builds, _, err := w.Builds(ctx, "digest", store.Page{})
		must(t, err)
		slices.Reverse(builds)
		for i, b := range builds {
			if b.Number != i+1 {
				t.Errorf("build %d has number %d", i+1, b.Number)
			}
			if i > 0 && b.Checksum == builds[i-1].Checksum {
				t.Errorf("builds %d and %d are the same", i, i+1)
			}
		}
		if len(builds) < 2 {
			t.Errorf("%d builds", len(builds))
		}
	})
}

func TestBuildsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for i := range 10 {
			_, _, err := w.PutGraph(ctx, says("digest", fmt.Sprint(i)), nil)
			must(t, err)
			_, _, err = w.Freeze(ctx, "digest", "test")
			must(t, err)
		}
		newest, cursor, err := w.Builds(ctx, "digest", store.Page{Limit: 6})
		must(t, err)
		oldest, end, err := w.Builds(ctx, "digest", store.Page{Limit: 6, Cursor: cursor})
		must(t, err)
		var got []int
		for _, b := range slices.Concat(newest, oldest) {
			got = append(got, b.Number)
		}
		if want := []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) || end != "" {
			t.Errorf("got %v, cursor %q", got, end)
		}
	})
}

func TestAssignmentIsPerEnvironment(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, _, err := w.PutGraph(ctx, says("digest", "two"), nil)
		must(t, err)
		_, _, err = w.Freeze(ctx, "digest", "test")
		must(t, err)
		must(t, failure(w.Assign(ctx, "DEV", w.graph.ID.String(), 2, "test")))
		refused(t, failure(w.Assign(ctx, "DEV", "digest", 3, "test")), fault.NotFound)
		refused(t, failure(w.Assign(ctx, "TEST", "digest", 1, "test")), fault.NotFound)
		refused(t, failure(w.Assign(ctx, "DEV", "nothing", 1, "test")), fault.NotFound)

		standing, err := w.Assignment(ctx, "DEV", "digest")
		must(t, err)
		if standing.Build != 2 || standing.Graph != "digest" || standing.GraphID != w.graph.ID || standing.UpdatedAt.IsZero() {
			t.Errorf("DEV runs %+v, want build 2", standing)
		}
		_, err = w.Assignment(ctx, "PROD", "digest")
		refused(t, err, fault.NoBuild)
	})
}

func TestChecksumIsOfWhatADraftSays(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		otherOrder := says("digest", "good morning")
		otherOrder.Nodes[1].Config = []byte(`{ "b": 1, "set": {"text": "good morning"} }`)
		otherNumber := says("digest", "good morning")
		otherNumber.Nodes[1].Config = []byte(`{"b": 9007199254740993, "set": {"text": "good morning"}}`)
		oneMore := says("digest", "good morning")
		oneMore.Nodes[1].Config = []byte(`{"b": 9007199254740992, "set": {"text": "good morning"}}`)

		sums := map[string]bool{}
		for _, g := range []graph.Graph{otherOrder, otherNumber, oneMore} {
			got, _, err := w.PutGraph(t.Context(), g, nil)
			must(t, err)
			sums[got.Checksum] = true
		}
		if len(sums) != 3 || !sums[w.graph.Checksum] {
			t.Errorf("checksums %v, of which one is %s", sums, w.graph.Checksum)
		}
	})
}
