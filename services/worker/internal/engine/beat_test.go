package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// leases answers beats as it is told to; the rest of the store is not asked.
type leases struct {
	Store
	beat func([]run.Lease) (map[uuid.UUID]store.Beat, error)
}

func (l leases) Beat(_ context.Context, held []run.Lease) (map[uuid.UUID]store.Beat, error) {
	return l.beat(held)
}

// silent are bells of a worker that nobody hears.
type silent struct{ Bells }

func (silent) News(uuid.UUID) {}

func (leases) Append(context.Context, run.Lease, []run.Record) error { return nil }

// beating makes a worker that holds one run and beats, in a bubble of fake time.
func beating(t *testing.T, beat func([]run.Lease) (map[uuid.UUID]store.Beat, error)) (w *Worker, h *hold, work context.Context) {
	t.Helper()
	w = &Worker{
		Store: leases{beat: beat}, Bells: silent{}, Terms: run.Terms{Lease: 30 * time.Second}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Meter: NewMeter(prometheus.NewRegistry()),
		holds: newHolds(), drains: make(chan struct{}),
	}
	life, lose := context.WithCancelCause(t.Context())
	work, stop := context.WithCancelCause(life)
	h = &hold{lease: run.Lease{Run: uuid.New(), Epoch: 1}, stop: stop, lose: lose, good: time.Now(), beaten: make(chan struct{})}
	w.holds.add(h)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.beat(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return w, h, work
}

func ours(held []run.Lease) (map[uuid.UUID]store.Beat, error) {
	beats := map[uuid.UUID]store.Beat{}
	for _, l := range held {
		beats[l.Run] = store.Beat{}
	}
	return beats, nil
}

func TestFenceLetsAFreshLeasePass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, h, work := beating(t, ours)
		time.Sleep(10 * time.Minute)
		if err := w.fence(work, h); err != nil {
			t.Errorf("a lease that is renewed does not pass: %v", err)
		}
	})
}

func TestFenceHoldsAStepBackWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		away.Store(true)
		w, h, work := beating(t, func(held []run.Lease) (map[uuid.UUID]store.Beat, error) {
			if away.Load() {
				return nil, fault.New(fault.Unavailable, "away")
			}
			return ours(held)
		})
		time.Sleep(21 * time.Second)
		passed := make(chan error, 1)
		go func() { passed <- w.fence(work, h) }()
		synctest.Wait()
		select {
		case <-passed:
			t.Fatal("a step began 21 s after the last good beat")
		default:
		}
		away.Store(false)
		time.Sleep(6 * time.Second)
		if err := <-passed; err != nil {
			t.Errorf("the lease was renewed and the step does not begin: %v", err)
		}
	})
}

func TestWriteThatIsAnsweredLateIsNotActedUpon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var gone atomic.Bool
		w, h, work := beating(t, func(held []run.Lease) (map[uuid.UUID]store.Beat, error) {
			if gone.Load() {
				return map[uuid.UUID]store.Beat{}, nil
			}
			return nil, fault.New(fault.Unavailable, "away")
		})
		time.Sleep(21 * time.Second) // the write was done long ago, and only now we hear of it
		heard := make(chan error, 1)
		go func() { heard <- durable{w, h, work}.Append(work, h.lease, nil) }()
		synctest.Wait()
		select {
		case <-heard:
			t.Fatal("a write that was answered 21 s after the last good beat is acted upon")
		default:
		}
		gone.Store(true)
		if err := <-heard; !errors.Is(err, errLost) {
			t.Errorf("the lease is lost and the write says %v", err)
		}
	})
}

func TestLostLeaseEndsTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, work := beating(t, func([]run.Lease) (map[uuid.UUID]store.Beat, error) {
			return map[uuid.UUID]store.Beat{}, nil
		})
		<-work.Done()
		if cause := context.Cause(work); !errors.Is(cause, errLost) {
			t.Errorf("ended by %v", cause)
		}
	})
}

func TestRunThatIsClaimedAgainHereEndsItsOlderAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The worker slept past its lease, the run was swept, and our own claim
		// came before a beat that would have told the older attempt.
		w, older, work := beating(t, ours)
		life, lose := context.WithCancelCause(t.Context())
		_, stop := context.WithCancelCause(life)
		newer := &hold{
			lease: run.Lease{Run: older.lease.Run, Epoch: 2},
			stop:  stop, lose: lose, good: time.Now(), beaten: make(chan struct{}),
		}
		w.holds.add(newer)
		time.Sleep(21 * time.Second)
		soon, cancel := context.WithTimeout(work, time.Minute)
		defer cancel()
		if err := w.fence(soon, older); !errors.Is(err, errLost) {
			t.Errorf("the older attempt waits for a beat that never comes: %v", err)
		}
		w.holds.drop(older)
		if err := w.fence(life, newer); err != nil {
			t.Errorf("the newer attempt was not renewed: %v", err)
		}
	})
}

func TestCancelReachesTheWorkAndKeepsTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, h, work := beating(t, func(held []run.Lease) (map[uuid.UUID]store.Beat, error) {
			return map[uuid.UUID]store.Beat{held[0].Run: {Cancel: true, CancelReason: run.TriggerDeleted}}, nil
		})
		<-work.Done()
		if cause := context.Cause(work); !errors.Is(cause, errCancelled) || h.whyCancelled() != run.TriggerDeleted {
			t.Errorf("ended by %v because %s", cause, h.whyCancelled())
		}
		if ok, _ := h.fresh(time.Now(), 20*time.Second); !ok {
			t.Error("the end of a cancelled run is written under its lease")
		}
	})
}

func TestDrainStopsAtTheNextStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, h, work := beating(t, ours)
		close(w.drains)
		if err := w.fence(work, h); !errors.Is(err, errDrain) {
			t.Errorf("a draining worker begins a step: %v", err)
		}
		if err := w.pause(work, time.Hour); !errors.Is(err, errDrain) {
			t.Errorf("a draining worker waits to try again: %v", err)
		}
	})
}
