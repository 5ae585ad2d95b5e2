package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
)

// replays plays a graph again behind what is kept of a trial.
func (tr *trial) replays(t fataler, from string) *trial {
	t.Helper()
	plan := graph.NewPlan(tr.graph)
	again := newTrial(tr.graph)
	var err error
	if again.kept, err = run.Keep(tr.tape, from, plan.Behind(from), true); err != nil {
		t.Fatalf("keep from %s: %v", from, err)
	}
	return again
}

// completed are the nodes that have a result.
func (tr *trial) completed() map[string]bool {
	laps := map[string]bool{}
	for _, r := range tr.tape {
		if r.Type == run.StepCompleted && r.Call == "" {
			laps[lapOf(r.Step().Key(trialRun.String()))] = true
		}
	}
	return laps
}

// lapOf is the node of an idempotency key, and how often it had run before.
func lapOf(key string) string {
	return strings.Join(strings.Split(strings.TrimPrefix(key, "child/"), "/")[1:3], "/")
}

// A replay from any node ends as the run did, and does again only what is behind
// that node, also when its worker dies at any append.
func TestReplayFromEveryNodeEndsTheSameAndRepeatsNothingBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		calm := newTrial(g)
		calm.play(t)
		var ran []string
		for _, n := range g.Nodes {
			if !n.Callable && slices.ContainsFunc(calm.tape, func(r run.Record) bool { return r.Node == n.ID }) {
				ran = append(ran, n.ID)
			}
		}
		from := rapid.SampledFrom(ran).Draw(t, "replayed from")
		again := calm.replays(t, from)
		again.play(t)
		again.compare(t, calm, "replay")
		behind, completed := graph.NewPlan(g).Behind(from), calm.completed()
		for key := range again.called {
			if !behind[nodeOf(key)] && completed[lapOf(key)] {
				t.Fatalf("%s was called again", key)
			}
		}
		hit := calm.replays(t, from)
		hit.crash = ever(2)
		hit.play(t)
		hit.compare(t, calm, "replay with crashes")
	})
}

// nodeOf is the node of an idempotency key, which a child's begins with a word.
func nodeOf(key string) string {
	return strings.Split(strings.TrimPrefix(key, "child/"), "/")[1]
}

// A run that failed and is replayed from there ends as if it had not failed, and
// both together have called what one undisturbed run calls, and what failed once
// more.
func TestReplayFromTheFailureRepeatsOnlyTheFailure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		for i := range g.Nodes {
			if g.Nodes[i].Kind == "work" && rapid.Bool().Draw(t, "fragile") {
				g.Nodes[i].Kind, g.Nodes[i].Retry = "fragile", nil
			}
		}
		for i := range g.Edges {
			g.Edges[i].On = "" // a failure that is caught is no failure
		}
		calm := newTrial(g)
		calm.play(t)
		failed := newTrial(g)
		failed.broken = true
		failed.play(t)
		if failed.outcome.Status != run.StatusFailed || failed.outcome.Error != "fragile" {
			return
		}
		again := failed.replays(t, run.FromFailed)
		again.play(t)
		if d := cmp.Diff(calm.outcome.Response, again.outcome.Response); d != "" || again.outcome.Status != calm.outcome.Status {
			t.Fatalf("ended %s %s, undisturbed %s: %s", again.outcome.Status, again.outcome.Error, calm.outcome.Status, d)
		}
		if calm.outcome.Status != run.StatusCompleted {
			return
		}
		both := maps.Clone(failed.called)
		for key, n := range again.called {
			both[key] += n
		}
		for _, n := range g.Nodes {
			if n.Kind == "fragile" {
				delete(both, run.Step{Node: n.ID}.Key(trialRun.String()))
				delete(calm.called, run.Step{Node: n.ID}.Key(trialRun.String()))
			}
		}
		completed := failed.completed()
		for key, n := range both {
			at, _ := graph.NewPlan(g).Node(nodeOf(key))
			switch {
			case completed[lapOf(key)]:
			case strings.HasPrefix(key, "child/"):
				continue // it ended with its parent, and another one goes on where it was
			case at.Kind == "flaky", at.Kind == "throttled":
				continue // it was cut off between its tries, and fails at first again
			case mayRepeat(at) && !failed.never(key) && n == calm.called[key]+1:
				continue // it was cut off when its result was not kept yet
			case at.Kind == "callback":
				continue // whoever was told where to answer the first run is told where to answer this one
			}
			if n > calm.called[key] {
				t.Fatalf("%s was called %d times in both runs, undisturbed %d", key, n, calm.called[key])
			}
		}
	})
}

// What a never step came to when its run was cut off nobody knows, and the replay
// asks rather than do it twice.
func TestReplayDoesNotRepeatWhatMayHaveHappened(t *testing.T) {
	t.Parallel()
	g := graph.Graph{
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "pay", Kind: "work", Retry: &graph.Retry{Repeat: graph.RepeatNever}}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "pay"}, {From: "pay", To: "end"}},
	}
	calm := newTrial(g)
	calm.play(t)
	cutOff := newTrial(g)
	cutOff.tape = slices.DeleteFunc(slices.Clone(calm.tape), func(r run.Record) bool { return r.Node == "pay" && r.Type == run.StepCompleted || r.Node == "end" })
	again := cutOff.replays(t, run.FromFailed)
	again.called = calm.called // it had happened
	again.play(t)
	if n := again.called[run.Step{Node: "pay"}.Key(trialRun.String())]; n != 1 || again.outcome.Status != run.StatusCompleted {
		t.Errorf("called %d times, ended %s %s", n, again.outcome.Status, again.outcome.Error)
	}
	if again.attempts < 2 {
		t.Error("nobody was asked")
	}
	by := calm.replays(t, "pay")
	by.play(t)
	if n := by.called[run.Step{Node: "pay"}.Key(trialRun.String())]; n != 1 {
		t.Errorf("a node that was named is done again: called %d times", n)
	}
}

// A build that has changed decides anew where kept results lead.
func TestReplayByAnotherBuildKeepsResultsAndDecidesAnew(t *testing.T) {
	t.Parallel()
	g := graph.Graph{
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "a", Kind: "loop", Capture: map[string]graph.Capture{"n": {Expr: "output.nothing"}}}, {ID: "b", Kind: "work"}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "a"}, {From: "a", To: "end"}},
	}
	failed := newTrial(g)
	failed.play(t)
	if failed.outcome.ErrorCode != run.ExpressionFailed {
		t.Fatalf("ended %s %s", failed.outcome.Status, failed.outcome.ErrorCode)
	}
	g.Nodes = slices.Clone(g.Nodes)
	g.Nodes[1].Capture = map[string]graph.Capture{"n": {Expr: "output.n"}}
	g.Edges = []graph.Edge{{From: "start", To: "a"}, {From: "b", To: "end"}, {From: "a", To: "b", When: "vars.n == 1"}}
	again := newTrial(g)
	var err error
	if again.kept, err = run.Keep(failed.tape, run.FromFailed, nil, false); err != nil {
		t.Fatal(err)
	}
	again.play(t)
	if again.outcome.Status != run.StatusCompleted || fmt.Sprint(again.outcome.Response["n"]) != "1" || again.outcome.Usage != (run.Usage{}) {
		t.Errorf("ended %+v", again.outcome)
	}
	if len(again.called) != 1 || again.called[run.Step{Node: "b"}.Key(trialRun.String())] != 1 {
		t.Errorf("called %v", again.called)
	}
}

// A replay that keeps nothing must be seen, or nothing is proven.
func TestCheckerSeesWhatWasNotKept(t *testing.T) {
	t.Parallel()
	g := graph.Graph{
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "a", Kind: "work"}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "a"}, {From: "a", To: "end"}},
	}
	calm := newTrial(g)
	calm.play(t)
	again := calm.replays(t, "end")
	again.kept = nil
	again.play(t)
	if !calm.completed()["a/0"] || again.called[run.Step{Node: "a"}.Key(trialRun.String())] == 0 {
		t.Errorf("called %v", again.called)
	}
}
