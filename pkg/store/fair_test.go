package store_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestSmallTenantIsServedBesideAWhale(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		whale, small := newFleet(t, s, 500, 1000), newFleet(t, s, 500, 1000)
		starts := make([]run.Start, 500)
		for i := range starts {
			starts[i] = begin()
		}
		for _, part := range [][]run.Start{starts[:256], starts[256:]} {
			_, errs := s.AcceptBatch(t.Context(), whale.ws, part...)
			for _, err := range errs {
				must(t, err)
			}
		}
		whale.claim(20)
		a := small.accept(begin())
		place := -1
		for i, c := range whale.claim(480) {
			if c.Run.ID == a.Run {
				place = i
			}
		}
		// The turns that lie between the two acceptances may have been used by
		// the whale; the other hundreds may not.
		if place < 0 || place > 100 {
			t.Errorf("the small tenant's run was claimed as number %d after the whale's five hundred", place)
		}
		whale.healthy()
	})
}

func TestWorkspacesAlternateWhenTheFleetHasFewPlaces(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		a, b := newFleet(t, s, 1, 100), newFleet(t, s, 1, 100)
		for _, f := range []fleet{a, b} {
			l := f.running()
			for range 5 {
				f.accept(begin())
			}
			f.check(f.finish(l))
			f.exec(`update workspace_counters set cap = 5 where workspace_id = ?`, f.ws)
		}
		for range 3 {
			leases, err := a.Admit(t.Context(), run.Background, 2)
			must(t, err)
			owners := map[uuid.UUID]int{}
			for _, l := range leases {
				for _, f := range []fleet{a, b} {
					if _, err := f.tenant.Run(t.Context(), l.Run); err == nil {
						owners[f.ws]++
					}
				}
			}
			if owners[a.ws] != 1 || owners[b.ws] != 1 {
				t.Errorf("two places went to %v, want one each", owners)
			}
		}
		a.counters(3, 2)
		b.counters(3, 2)
	})
}

// Two processes accept, admit, claim, finish and lose runs of the same
// workspaces at once; no workspace ever holds more than its cap, and every run
// is finished by exactly one attempt.
func TestCapIsExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	processes := make([]*store.Store, 2)
	for i := range processes {
		s, err := store.Postgres(t.Context(), url, storetest.Options())
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		processes[i] = s
	}
	const limit, runs = 3, 200
	tenants := []fleet{newFleet(t, processes[0], limit, 10_000), newFleet(t, processes[0], limit, 10_000)}
	var finished atomic.Int64
	var all sync.WaitGroup
	for i, s := range processes {
		all.Go(func() {
			for n := range runs {
				if _, err := s.In(tenants[n%2].ws).Accept(t.Context(), begin()); err != nil {
					t.Error(err)
					finished.Add(1)
				}
			}
		})
		for range 3 {
			all.Go(func() { work(t, s.Fleet(), &finished, 2*runs, i == 0) })
		}
	}
	watched := make(chan struct{})
	go func() { all.Wait(); close(watched) }()
	for done := false; !done; {
		select {
		case <-watched:
			done = true
		default:
		}
		for _, f := range tenants {
			held, _, err := f.tenant.Runs(t.Context(), store.RunFilter{Status: []run.Status{run.StatusRunning}}, store.Page{Limit: 200})
			must(t, err)
			if len(held) > limit {
				t.Fatalf("%d runs at once, cap %d", len(held), limit)
			}
		}
	}
	for _, f := range tenants {
		f.counters(0, 0)
		f.healthy()
	}
}

// work is a worker and a dispatcher until that many runs are finished. A
// clumsy one loses or releases some of its runs on the way.
func work(t *testing.T, f store.Fleet, finished *atomic.Int64, total int64, clumsy bool) {
	ctx := t.Context()
	for n := 0; finished.Load() < total; n++ {
		if _, err := f.Admit(ctx, run.Background, 10); err != nil {
			t.Error(err)
			return
		}
		claims, err := f.ClaimReady(ctx, run.Background, "worker", 4)
		if err != nil {
			t.Error(err)
			return
		}
		for i, c := range claims {
			l := run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch}
			if clumsy && (n+i)%5 == 0 {
				err = f.Release(ctx, l, nil)
			} else if err = f.Finish(ctx, l, run.Outcome{Status: run.StatusCompleted}, nil); err == nil {
				finished.Add(1)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}
