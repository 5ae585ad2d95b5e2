package upkeep

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// bells remembers what was rung and knocks when it is told to.
type bells struct {
	mu        sync.Mutex
	rung      []run.Lease
	announced []uuid.UUID
	changed   bool
	knock     chan struct{}
}

func (b *bells) Ring(_ run.Class, leases ...run.Lease) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rung = append(b.rung, leases...)
}

func (b *bells) Announce(id uuid.UUID) { b.announced = append(b.announced, id) }

func (b *bells) Knocks(ctx context.Context, dispatch func()) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.knock:
			dispatch()
		}
	}
}

func (b *bells) Generation(context.Context) (bool, error) {
	changed := b.changed
	b.changed = false
	return changed, nil
}

func (b *bells) heard() []run.Lease {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.rung)
}

// waiting is a store with runs that wait for admission and runs that were rung
// for once.
type waiting struct {
	mu     sync.Mutex
	queued []run.Lease
	rung   []run.Lease
	due    []run.Lease
	looks  int // for room
	takes  int // of what waits
}

func (w *waiting) Fits(context.Context) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	return len(w.queued) > 0, nil
}

func (w *waiting) Admit(_ context.Context, c run.Class, limit int) ([]run.Lease, error) {
	w.mu.Lock()
	w.takes++
	w.mu.Unlock()
	return w.take(&w.queued, c, limit), nil
}

func (w *waiting) Due(_ context.Context, c run.Class, limit int) ([]run.Lease, error) {
	return w.take(&w.due, c, limit), nil
}

func (w *waiting) ExpireAsks(context.Context, int) (int, error) { return 0, nil }

func (w *waiting) Unring(context.Context) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due, w.rung = w.rung, nil
	return len(w.due), nil
}

func (w *waiting) take(from *[]run.Lease, c run.Class, limit int) []run.Lease {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c != run.Background {
		return nil
	}
	n := min(limit, len(*from))
	taken := (*from)[:n]
	*from = (*from)[n:]
	return taken
}

func leasesOf(n int) []run.Lease {
	all := make([]run.Lease, n)
	for i := range all {
		all[i].Run = uuid.New()
	}
	return all
}

func dispatching(t *testing.T, w *waiting, b *bells) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	d := dispatcher{Store: w, Bells: b, Every: time.Hour, Log: slog.New(slog.DiscardHandler)}
	go func() { done <- d.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestKnockAdmitsEverythingThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := leasesOf(2*batch + 1)
		b := &bells{knock: make(chan struct{})}
		dispatching(t, &waiting{queued: slices.Clone(runs)}, b)
		b.knock <- struct{}{}
		synctest.Wait()
		if !slices.Equal(b.heard(), runs) {
			t.Errorf("rang for %d of %d runs", len(b.heard()), len(runs))
		}
	})
}

// A run that ends knocks, and mostly nobody waits for its slot.
func TestKnockForNobodyIsOneLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, b := &waiting{}, &bells{knock: make(chan struct{})}
		dispatching(t, w, b)
		b.knock <- struct{}{}
		synctest.Wait()
		if w.looks != 1 || w.takes != 0 {
			t.Errorf("looked %d times and took %d times, want 1 and 0", w.looks, w.takes)
		}
	})
}

func TestRedisThatLostItsDataIsRungAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := leasesOf(3)
		b := &bells{knock: make(chan struct{}), changed: true}
		dispatching(t, &waiting{rung: slices.Clone(runs)}, b)
		time.Sleep(ringEvery)
		synctest.Wait()
		if !slices.Equal(b.heard(), runs) {
			t.Errorf("rang for %v, want %v", b.heard(), runs)
		}
	})
}
