package store_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// Every way into a slot and out of it, by three processes at once, while counters
// that are wrong are counted anew: at every other moment they say what the rows
// say and no workspace holds more than its cap, and at the end nobody is left.
func TestCountersSayWhatTheRowsSayAtEveryMoment(t *testing.T) {
	t.Parallel()
	const limit, pending, batches = 2, 20, 60
	url := storetest.PostgresURL(t)
	processes := make([]*store.Store, 3)
	for i := range processes {
		s, err := store.Postgres(t.Context(), url, storetest.Options())
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		processes[i] = s
	}
	tenants := []fleet{newFleet(t, processes[0], limit, pending), newFleet(t, processes[0], limit, pending), newFleet(t, processes[0], limit, pending)}
	accepted, emptied := make(chan struct{}), make(chan struct{})
	var accepting, working sync.WaitGroup
	for i, s := range processes {
		accepting.Go(func() {
			for n := range batches {
				bring(t, s, tenants[(n+i)%len(tenants)].ws, n)
			}
		})
		for range 2 {
			working.Go(func() { churn(t, s, tenants, accepted) })
		}
	}
	go func() { accepting.Wait(); close(accepted); working.Wait(); close(emptied) }()
	for over := false; !over; {
		select {
		case <-emptied:
			over = true
		default:
		}
		tenants[0].exec(`update workspace_counters set admitted = admitted + 1, queued = queued + 1 where workspace_id = ?`, tenants[0].ws)
		must(t, failure(tenants[0].RepairCounters(t.Context())))
		for _, f := range tenants {
			admitted, queued, err := f.s.Counters(f.ws)
			f.check(err)
			if admitted < 0 || admitted > limit || queued < 0 {
				t.Errorf("%d admitted and %d queued, cap %d", admitted, queued, limit)
			}
		}
		found, err := tenants[0].Audit(t.Context())
		must(t, err)
		if found["counters_drift"] != 0 {
			t.Errorf("the counters of %d workspaces do not say what the rows say", found["counters_drift"])
		}
	}
	for _, f := range tenants {
		f.counters(0, 0)
		f.healthy()
	}
}

// bring starts a few runs together, of both classes and with keys that repeat,
// and cancels one now and then.
func bring(t *testing.T, s *store.Store, ws uuid.UUID, n int) {
	starts := []run.Start{begin(), begin(), begin()}
	if n%3 == 0 {
		starts[1].Run.Class = run.Sync
	}
	if n%2 == 0 {
		key := uuid.NewString()
		starts[0], starts[1] = keyed(key, "same"), keyed(key, "same")
	}
	accepted, errs := s.AcceptBatch(t.Context(), ws, starts...)
	for _, err := range errs {
		if err != nil && !errors.Is(err, fault.QueueFull) {
			t.Error(err)
		}
	}
	if n%10 == 0 && errs[0] == nil {
		if _, err := s.In(ws).Cancel(t.Context(), accepted[0].Run, run.Requested); err != nil && !errors.Is(err, fault.AlreadyFinished) {
			t.Error(err)
		}
	}
}

// churn admits, claims, sweeps, and lets runs go in every way, until all were
// accepted and no workspace holds one.
func churn(t *testing.T, s *store.Store, tenants []fleet, accepted <-chan struct{}) {
	f := s.Fleet()
	for left := 1; left > 0; {
		select {
		case <-accepted:
			left = 0
		default:
			left = 1
		}
		for _, class := range []run.Class{run.Sync, run.Background} {
			_, admitting := f.Admit(t.Context(), class, 1+rand.IntN(5))
			claims, claiming := f.ClaimReady(t.Context(), class, "worker", 1+rand.IntN(5))
			_, sweeping := f.SweepCancelled(t.Context(), 10)
			err := errors.Join(admitting, claiming, sweeping)
			for _, c := range claims {
				err = errors.Join(err, letGo(t, s, c))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
		for _, f := range tenants {
			admitted, queued, _ := f.s.Counters(f.ws)
			left += admitted + queued
		}
	}
}

// letGo finishes a run, gives it back, or puts it aside while it is answered.
func letGo(t *testing.T, s *store.Store, c store.Claim) error {
	f, l := s.Fleet(), run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch}
	switch n := rand.IntN(4); {
	case n == 0:
		return f.Release(t.Context(), l, nil)
	case n == 1 && c.Answers == 0:
		ask, answered := asking(`{"text":"?"}`), make(chan error, 1)
		if err := f.Append(t.Context(), l, []run.Record{waiting(1, "a", ask)}); err != nil {
			return err
		}
		go func() {
			answered <- failure2(s.In(c.Run.Workspace).Answer(t.Context(), ask.ID, run.Answer{Decision: run.Given, By: "ada"}))
		}()
		return errors.Join(f.Wait(t.Context(), l, run.ForInput, 0, nil), <-answered)
	}
	return f.Finish(t.Context(), l, run.Outcome{Status: run.StatusCompleted}, nil)
}
