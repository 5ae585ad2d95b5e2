package chaos

import (
	"fmt"
	"testing"
	"time"
)

// A worker is killed in the middle of an agent that asks its model five times.
// The long form does it with nothing shortened, too.
func TestKilledAgentGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	const backoff = time.Second
	quick := quickLease + quickLease/6 + quickSweep + backoff + slack
	t.Run("QuickTerms", func(t *testing.T) { t.Parallel(); killAgent(t, quickLease, quick) })
	if *full {
		t.Run("ShippedTerms", func(t *testing.T) { t.Parallel(); killAgent(t, 0, 40*time.Second) })
	}
}

// killAgent kills the worker while the third question is on its way. What the
// journal holds is not asked again: that question is, and the two after it.
func killAgent(t *testing.T, lease, limit time.Duration) {
	t.Helper()
	f := prepare(t, plan{workers: 2, lease: lease})
	third := f.sink.hold(at("think/0/model:3", 1))
	f.workers[0].start(t)
	f.workers[0].ready(t)
	run := f.client.started(t, "study", "hello")
	f.sink.await(t, "the third question", third.matches)
	f.workers[1].start(t)
	f.workers[1].ready(t)
	f.workers[0].kill(t)
	killed := time.Now()
	again := f.sink.await(t, "the third question, asked by the other worker", at("think/0/model:3", 2))
	a := f.client.ended(t, run)
	if a.Status != "completed" || a.Response["answer"] != fmt.Sprintf("done in %d turns", turns) {
		t.Errorf("the run ended as %+v", a)
	}

	atMost(t, "killed to taken over", again.at.Sub(killed), limit)
	asked, used := 0, 0
	for step, calls := range f.sink.of(run) {
		want := 1
		if step == "think/0/model:3" {
			want = 2 // the one in flight when the worker died
		}
		if len(calls) != want {
			t.Errorf("%s was called %d times", step, len(calls))
		}
		if len(step) > len("think/0/") && step[len("think/0/")] == 'm' {
			asked += len(calls)
		} else {
			used += len(calls)
		}
	}
	exactly(t, "questions to the model", asked, turns+1)
	exactly(t, "uses of its tool", used, turns-1)
}
