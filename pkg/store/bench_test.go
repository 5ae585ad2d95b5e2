package store_test

import (
	"sync"
	"testing"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

// both runs the benchmark on each database.
func both(b *testing.B, f func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { f(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { f(b, storetest.Postgres(b)) })
}

func BenchmarkAccept(b *testing.B) {
	both(b, func(b *testing.B, s *store.Store) {
		f := newFleet(b, s, 50, tenant.MostRuns)
		b.SetParallelism(16)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				f.accept(begin())
			}
		})
	})
}

// BenchmarkLife is accept, claim and finish with one record, with slots for
// everybody: sixteen callers per processor and one worker that claims as many
// runs as are ready.
func BenchmarkLife(b *testing.B) {
	both(b, func(b *testing.B, s *store.Store) {
		f := newFleet(b, s, tenant.MostRuns, tenant.MostRuns)
		var all sync.WaitGroup
		all.Go(func() {
			for done := 0; done < b.N; {
				claims := f.claim(64)
				for _, c := range claims {
					all.Go(func() {
						l := run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch}
						f.check(f.Finish(b.Context(), l, run.Outcome{Status: run.StatusCompleted}, []run.Record{step(1, "a")}))
					})
				}
				done += len(claims)
			}
		})
		b.SetParallelism(16)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				f.accept(begin())
			}
		})
		all.Wait()
	})
}
