package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// A node that ends the run stops its sibling, and nothing behind it starts.
func TestANodeMayCompleteTheRun(t *testing.T) {
	t.Parallel()
	ending := func() *trial {
		tr := newTrial(graph.Graph{
			Nodes: []graph.Node{
				{ID: "start", Kind: "start"}, {ID: "a", Kind: "ender", Capture: map[string]graph.Capture{"said": {Expr: "output.said"}}},
				{ID: "b", Kind: "patient"}, {ID: "behind", Kind: "work"}, {ID: "end", Kind: "end"},
			},
			Edges: []graph.Edge{{From: "start", To: "a"}, {From: "start", To: "b"}, {From: "a", To: "behind"}, {From: "b", To: "end"}, {From: "behind", To: "end"}},
		})
		begun := make(chan struct{}, 100)
		tr.more = []node.Kind{
			kind{name: "ender", run: func(context.Context, *node.Input) (any, error) {
				<-begun
				return node.End{Output: map[string]any{"said": "stop"}}, nil
			}},
			kind{name: "patient", run: func(ctx context.Context, _ *node.Input) (any, error) {
				begun <- struct{}{}
				<-ctx.Done()
				if !errors.Is(context.Cause(ctx), errOver) {
					t.Errorf("stopped by %v", context.Cause(ctx))
				}
				return nil, ctx.Err()
			}},
		}
		return tr
	}
	calm := ending()
	calm.play(t)
	if calm.outcome.Status != run.StatusCompleted || calm.outcome.Response["said"] != "stop" || len(calm.called) != 0 {
		t.Fatalf("ended %+v, called %v", calm.outcome, calm.called)
	}
	hit := ending()
	hit.crash = func(n int) (bool, bool) { return n == calm.appends, true }
	hit.play(t)
	hit.compare(t, calm, "crash behind the end")
}

// Only the graph's own nodes end its run.
func TestANodeThatWasCalledEndsNothing(t *testing.T) {
	t.Parallel()
	tr := newTrial(graph.Graph{
		Nodes: []graph.Node{
			{ID: "start", Kind: "start"}, {ID: "caller", Kind: "caller"}, {ID: "callee", Kind: "ender", Callable: true}, {ID: "behind", Kind: "work"}, {ID: "end", Kind: "end"},
		},
		Edges: []graph.Edge{{From: "start", To: "caller"}, {From: "caller", To: "behind"}, {From: "behind", To: "end"}},
	})
	tr.more = []node.Kind{
		kind{name: "ender", run: func(context.Context, *node.Input) (any, error) { return node.End{Output: 7}, nil }},
		kind{name: "caller", run: func(ctx context.Context, in *node.Input) (any, error) {
			return in.Call(ctx, "tool:1:callee", "callee", json.RawMessage(`{}`))
		}},
	}
	tr.play(t)
	if tr.outcome.Status != run.StatusCompleted || len(tr.called) != 1 {
		t.Errorf("ended %+v, called %v", tr.outcome, tr.called)
	}
}

// What a called node captures is in the session; a capture that does not work
// ends the run, whoever called.
func TestACalledNodeCaptures(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]run.Status{"args.n": run.StatusCompleted, "output.absent": run.StatusFailed} {
		tr := newTrial(graph.Graph{
			Nodes: []graph.Node{
				{ID: "start", Kind: "start"}, {ID: "caller", Kind: "caller"},
				{ID: "helper", Kind: "helper", Callable: true, Capture: map[string]graph.Capture{"got": {Expr: expression}}}, {ID: "end", Kind: "end"},
			},
			Edges: []graph.Edge{{From: "start", To: "caller"}, {From: "caller", To: "end"}},
		})
		tr.more = []node.Kind{kind{name: "caller", run: func(ctx context.Context, in *node.Input) (any, error) {
			for i := range 3 {
				if _, err := in.Call(ctx, fmt.Sprintf("tool:%d:helper", i), "helper", json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))); err != nil {
					return nil, err
				}
			}
			return "done", nil
		}}}
		tr.play(t)
		if tr.outcome.Status != want || want == run.StatusCompleted && tr.outcome.Response["got"] != int64(2) {
			t.Errorf("%s: ended %+v", expression, tr.outcome)
		}
		if want == run.StatusFailed && (tr.outcome.ErrorCode != run.ExpressionFailed || len(tr.called) != 1) {
			t.Errorf("%s: ended %+v after %v", expression, tr.outcome, tr.called)
		}
	}
}
