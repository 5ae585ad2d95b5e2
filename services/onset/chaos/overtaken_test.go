package chaos

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// overtaken is a fleet in which a worker was frozen in the middle of a call,
// another worker has claimed its run, and then the first went on.
type overtaken struct {
	*fleet
	slow, next *program
	run        uuid.UUID
	thawed     time.Time
}

// overtake makes that happen, in this order and in no other: the second worker
// has claimed the run and reads what it needs; the first gets the answer to its
// call and writes it down before a heartbeat can tell it to stop.
func overtake(t *testing.T, b *binary) overtaken {
	t.Helper()
	f := prepare(t, plan{binary: b, workers: 2, lease: quickLease, settings: []string{"ONSET_CONCURRENCY=1"}})
	o := overtaken{fleet: f, slow: f.workers[0], next: f.workers[1]}
	answer := f.sink.hold(at("first/0", 1))
	o.slow.start(t)
	o.slow.ready(t)
	o.run = f.client.started(t, "chain", "hello")
	f.sink.await(t, "the first worker calls", at("first/0", 1))
	o.slow.freeze(t)

	environment := f.lock(t, "environment_values", "access exclusive")
	o.next.start(t)
	o.next.ready(t)
	until(t, "the second worker claims the run", func() bool {
		return f.count(t, `select count(*) from attempts where run_id = $1 and epoch = 2`, o.run) == 1
	})
	answer.open()
	heartbeats := f.lock(t, "runs", "share")
	o.thawed = time.Now()
	o.slow.thaw(t)
	until(t, "the first worker writes", func() bool {
		return o.slow.metric(t, refusedWrites) > 0 || f.count(t, staleRecords) > 0
	})
	heartbeats()
	environment()
	return o
}

func TestOvertakenWorkerWritesAndCallsNothing(t *testing.T) {
	t.Parallel()
	o := overtake(t, shipped)
	if a := o.client.ended(t, o.run); a.Status != "completed" || a.Response["three"] != "hello, and again" {
		t.Errorf("the run ended as %+v", a)
	}
	// With the other worker gone, the next run shows that the first has let go
	// of the one it lost and is well.
	o.next.kill(t)
	if a := o.client.ended(t, o.client.started(t, "chain", "hello")); a.Status != "completed" {
		t.Errorf("the worker that was frozen makes %+v of another run", a)
	}
	moreThan(t, "stale writes refused", o.slow.metric(t, refusedWrites), 0)
	exactly(t, "stale writes", o.count(t, staleRecords)+o.count(t, staleEnds), 0)
	exactly(t, "calls after it went on", len(o.sink.seen(func(c call) bool {
		return c.run == o.run && c.epoch == 1 && c.at.After(o.thawed)
	})), 0)
}

// A checker that never failed is unproven.
func TestWithoutTheFenceTheCheckerReportsStaleWrites(t *testing.T) {
	t.Parallel()
	o := overtake(t, unfenced)
	o.client.ended(t, o.run)
	exactly(t, "stale writes refused", o.slow.metric(t, refusedWrites), 0)
	moreThan(t, "stale writes found by the checker", o.count(t, staleRecords)+o.count(t, staleEnds), 0)
}

// A worker that is frozen while a write is on its way finds the write done when
// it goes on. That was long ago: it must ask whether the run is still its own
// before it calls anybody.
func TestWorkerFrozenInsideAWriteCallsNothing(t *testing.T) {
	t.Parallel()
	f := prepare(t, plan{workers: 2, lease: quickLease, settings: []string{"ONSET_CONCURRENCY=1"}})
	slow, next := f.workers[0], f.workers[1]
	busy := f.sink.hold(at("second/0", 2))
	release := f.hold(t, `new.type = 'step.started' and new.epoch = 1`)
	slow.start(t)
	slow.ready(t)
	run := f.client.started(t, "chain", "hello")
	until(t, "the first worker writes that its step begins", func() bool { return f.held(t) })
	slow.freeze(t)
	release()
	until(t, "the write is done", func() bool {
		return f.count(t, `select count(*) from journal where run_id = $1 and type = 'step.started'`, run) == 1
	})
	next.start(t)
	next.ready(t)
	f.sink.await(t, "the second worker has come to the second step", at("second/0", 2))
	slow.thaw(t)
	// The second worker is busy, so another run shows that the first has let go.
	if a := f.client.ended(t, f.client.started(t, "chain", "hello")); a.Status != "completed" {
		t.Errorf("the worker that was frozen makes %+v of another run", a)
	}
	exactly(t, "calls of the overtaken attempt", len(f.sink.seen(func(c call) bool { return c.run == run && c.epoch == 1 })), 0)
	busy.open()
	if a := f.client.ended(t, run); a.Status != "completed" {
		t.Errorf("the run ended as %+v", a)
	}
	exactly(t, "stale writes", f.count(t, staleRecords)+f.count(t, staleEnds), 0)
}
