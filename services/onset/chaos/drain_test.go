package chaos

import (
	"syscall"
	"testing"

	"github.com/google/uuid"
)

// A worker is asked to end while it has two runs: the call of one is answered
// while it drains, that of the other never.
func TestDrainedRunsGoOnElsewhereWithoutACountedFailure(t *testing.T) {
	t.Parallel()
	f := prepare(t, plan{workers: 2, settings: []string{"ONSET_DRAIN=5s"}})
	leaving, staying := f.workers[0], f.workers[1]
	answer := map[string]*hold{}
	runs := map[string]uuid.UUID{}
	leaving.start(t)
	leaving.ready(t)
	for _, name := range []string{"lucky", "unlucky"} {
		answer[name] = f.sink.hold(func(c call) bool { return c.text == name && c.epoch == 1 })
		runs[name] = f.client.started(t, "chain", name)
		f.sink.await(t, "the call of "+name, answer[name].matches)
	}
	staying.start(t)
	staying.ready(t)

	leaving.signal(t, syscall.SIGTERM)
	until(t, "the worker says that it stops", func() bool { return !leaving.isReady() })
	answer["lucky"].open()
	<-leaving.ended
	exactly(t, "exit code", exitCode(leaving.err), 0)
	for name, id := range runs {
		if a := f.client.ended(t, id); a.Status != "completed" {
			t.Errorf("%s ended as %+v", name, a)
		}
	}

	moreThan(t, "released", f.count(t, `select count(*) from attempts where outcome = 'released'`), 0)
	exactly(t, "attempts counted", f.count(t, `select sum(attempts)::int from runs`), 2)
	exactly(t, "crashes counted", f.count(t, `select sum(crashes)::int from runs`), 0)
	exactly(t, "calls of the step that ended in time", len(f.sink.of(runs["lucky"])["first/0"]), 1)
	exactly(t, "calls of the step that did not", len(f.sink.of(runs["unlucky"])["first/0"]), 2)
}
