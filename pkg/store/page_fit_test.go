package store_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestPageOfHeavyRunsEndsSoonerAndLosesNone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 20, 20)
		var want []uuid.UUID
		for i := range 9 {
			start := begin()
			start.Run.Message = strings.Repeat("x", []int{1, 1 << 20, 3 << 20}[i%3])
			f.accept(start)
			want = append([]uuid.UUID{start.Run.ID}, want...)
		}
		seen, pages := []uuid.UUID{}, 0
		for p := (store.Page{Limit: 200}); pages == 0 || p.Cursor != ""; pages++ {
			runs, next, err := f.tenant.Runs(t.Context(), store.RunFilter{}, p)
			f.check(err)
			weight := 0
			for _, r := range runs {
				seen, weight = append(seen, r.ID), weight+len(r.Message)
			}
			if len(runs) == 0 || weight > 4<<20 {
				t.Fatalf("page %d holds %d runs of %d bytes", pages, len(runs), weight)
			}
			p.Cursor = next
		}
		if pages < 3 || len(seen) != len(want) {
			t.Fatalf("%d runs on %d pages, want %d", len(seen), pages, len(want))
		}
		for i := range want {
			if seen[i] != want[i] {
				t.Errorf("run %d is %s, want %s", i, seen[i], want[i])
			}
		}
		heavy := begin()
		heavy.Run.Message = strings.Repeat("x", 5<<20)
		f.accept(heavy)
		if runs, next, err := f.tenant.Runs(t.Context(), store.RunFilter{}, store.Page{}); err != nil || len(runs) != 1 || next == "" {
			t.Errorf("a run beyond the bound: %d runs, %q, %v", len(runs), next, err)
		}
	})
}
