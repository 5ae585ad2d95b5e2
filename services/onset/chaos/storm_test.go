package chaos

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The storm: thirty-two clients start runs while workers are killed and frozen
// beyond their lease, Redis forgets everything, and gateway and scheduler are
// killed, the first under its callers.
func TestStormLosesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	f := launch(t, plan{workers: 2, lease: quickLease})
	f.sink.slow(200 * time.Millisecond)
	s := &storm{fleet: f, keys: make(chan string, 2000), ledger: &ledger{}}
	rounds, starts := either(1, 6), either(200, 2000)
	wait := s.clients(t.Context(), 32)
	strikes := []func(*testing.T){s.killWorker, s.freezeWorker, s.killGateway, s.killScheduler}
	for i := range rounds * len(strikes) {
		s.ask(starts/(rounds*len(strikes)) - 1)
		strikes[i%len(strikes)](t)
	}
	s.ask(starts - s.asked)
	close(s.keys)
	wait()
	if !within(2*patience, func() bool { return f.count(t, `select count(*) from runs where finished_at is null`) == 0 }) {
		t.Error("the runs do not all end")
	}

	got := f.check(t, s.ledger)
	exactly(t, "accepted starts", len(s.ledger.runs()), starts)
	exactly(t, "starts refused", s.ledger.count(rejected), 0)
	exactly(t, "lost", got.lost, 0)
	exactly(t, "not completed", got.incomplete, 0)
	exactly(t, "wrong results", s.wrong(t), 0)
	exactly(t, "finished twice", got.finishedTwice, 0)
	exactly(t, "journalled steps repeated", got.repeated, 0)
	exactly(t, "calls beyond one for each attempt", got.excess, 0)
	exactly(t, "duplicate keys", got.duplicates, 0)
	exactly(t, "stale writes", got.stale, 0)
	exactly(t, "counters adrift", got.drift, 0)
	moreThan(t, "stale writes refused", s.refused, 0)
	moreThan(t, "takeovers", got.takeovers, 0)
	moreThan(t, "calls without an answer, repeated", s.ledger.count(unknown), 0)
}

type storm struct {
	*fleet
	ledger  *ledger
	keys    chan string
	asked   int
	refused int
}

// ask gives the clients that many starts more to make.
func (s *storm) ask(n int) {
	for range n {
		s.asked++
		s.keys <- fmt.Sprintf("start-%04d", s.asked)
	}
}

// clients work off the keys; wait returns when all are done. Every fifth start
// is made twice at once, as a nervous caller would.
func (s *storm) clients(ctx context.Context, n int) (wait func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for key := range s.keys {
				if key[len(key)-1]%5 == 0 {
					all.Go(func() { s.insist(ctx, key) })
				}
				s.insist(ctx, key)
			}
		})
	}
	return all.Wait
}

// insist repeats a start with its key until it is told what became of it.
func (s *storm) insist(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for s.ledger.start(ctx, s.client, "chain", key) == unknown {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// killWorker kills a worker that has work and makes Redis forget the bells.
func (s *storm) killWorker(t *testing.T) {
	w := s.workers[0]
	goOn := s.occupy(t, w)
	w.kill(t)
	goOn()
	s.redis.flush(t)
	w.start(t)
	w.ready(t)
}

// freezeWorker stops a worker that has work until it is taken away, then lets it
// go on.
func (s *storm) freezeWorker(t *testing.T) {
	w := s.workers[1]
	refused, lost := w.metric(t, refusedWrites), s.lost(t, w)
	goOn := s.occupy(t, w)
	w.freeze(t)
	goOn()
	until(t, "the runs of the frozen worker are taken away", func() bool { return s.lost(t, w) > lost })
	s.redis.flush(t)
	s.wake(t, w, refused)
	s.refused += w.metric(t, refusedWrites) - refused
}

// occupy sees to it that the worker is in the middle of some runs until they
// are told to go on. Runs that were lost twice are let through first: at the
// third time they would fail, rightly, as runs that kill their workers.
func (s *storm) occupy(t *testing.T, w *program) (goOn func()) {
	t.Helper()
	until(t, "the runs that were lost twice end", func() bool {
		return s.count(t, `select count(*) from runs where crashes > 1 and finished_at is null`) == 0
	})
	all := s.sink.hold(func(call) bool { return true })
	until(t, "the worker calls the tool", func() bool { return s.holds(t, w) > 0 })
	return all.open
}

// wake lets a frozen worker go on so that what it writes next comes before the
// heartbeat that would tell it to stop, and waits until one write more than
// before was refused.
func (f *fleet) wake(t *testing.T, w *program, before int) {
	t.Helper()
	release := f.lock(t, "runs", "share")
	defer release()
	w.thaw(t)
	until(t, "a stale write is refused", func() bool { return w.metric(t, refusedWrites) > before })
}

const refusedWrites = "onset_worker_stale_writes_total"

// killGateway kills the gateway under its callers, who try again.
func (s *storm) killGateway(t *testing.T) {
	s.gateway.kill(t)
	unanswered := s.ledger.count(unknown)
	s.ask(1)
	until(t, "a caller gets no answer", func() bool { return s.ledger.count(unknown) > unanswered })
	s.gateway.start(t)
	s.gateway.ready(t)
}

// killScheduler kills the scheduler; nobody may notice.
func (s *storm) killScheduler(t *testing.T) {
	s.scheduler.kill(t)
	s.scheduler.start(t)
	s.scheduler.ready(t)
}

// wrong counts accepted runs whose result is not the one of a quiet day.
func (s *storm) wrong(t *testing.T) (n int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	free := make(chan struct{}, 32)
	for key, runs := range s.ledger.runs() {
		for id := range runs {
			free <- struct{}{}
			all.Go(func() {
				defer func() { <-free }()
				if !s.right(t.Context(), key, id) {
					mu.Lock()
					defer mu.Unlock()
					n++
				}
			})
		}
	}
	all.Wait()
	return n
}

func (s *storm) right(ctx context.Context, key string, id uuid.UUID) bool {
	var a answer
	var err error
	// A database that is slow for a moment is told as 503, and asked again.
	within(patience, func() bool {
		a, err = s.client.status(ctx, id)
		return err != nil || a.code != http.StatusServiceUnavailable
	})
	return err == nil && a.code == http.StatusOK && a.Status == "completed" && a.Response["one"] == key && a.Response["three"] == key+", and again"
}
