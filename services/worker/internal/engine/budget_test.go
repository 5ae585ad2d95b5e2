package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// endless is a graph that would ask its model for ever, 64 times side by side.
func endless(l graph.Limits) graph.Graph {
	return graph.Graph{
		Limits: &l,
		Nodes: []graph.Node{
			{ID: "start", Kind: "start"},
			{ID: "each", Kind: "map", Config: json.RawMessage(`{"over": "[` + strings.Join(slices.Repeat([]string{"{}"}, 200), ",") + `]", "node": "thinker", "parallel": 64, "on_error": "collect"}`)},
			{ID: "thinker", Kind: "endless", Callable: true},
			{ID: "end", Kind: "end"},
		},
		Edges: []graph.Edge{{From: "start", To: "each"}, {From: "each", To: "end"}},
	}
}

// asks makes a trial of it whose thinkers ask by Spend, or by the Step that
// reserves nothing: the negative control.
func asks(l graph.Limits, reserved bool) *trial {
	tr := newTrial(endless(l))
	tr.more = []node.Kind{kind{name: "endless", run: func(ctx context.Context, in *node.Input) (any, error) {
		for i := 1; i <= 20; i++ {
			call := fmt.Sprintf("model:%d", i)
			ask := func(context.Context) (node.Result, error) {
				tr.effect(in.Key + "/" + call)
				return node.Result{Value: i, Usage: run.Usage{ModelCalls: 1, InputTokens: 6, OutputTokens: 4}}, nil
			}
			spend := func() (json.RawMessage, error) {
				if reserved {
					return in.Spend(ctx, call, run.Usage{ModelCalls: 1, InputTokens: 10, OutputTokens: 10}, ask)
				}
				return in.Step(ctx, call, ask)
			}
			if _, err := spend(); err != nil {
				return nil, err
			}
		}
		return "done", nil
	}}}
	return tr
}

// made is how many different questions were asked.
func (tr *trial) made() int { return len(slices.Collect(maps.Keys(tr.called))) }

func TestAGraphThatAsksForEverStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits graph.Limits
		want   int
	}{
		"OfModelCalls": {graph.Limits{ModelCalls: 100}, 100},
		// What is reserved and not used is free again: the last question starts
		// with room for its 20 tokens, and all have used 10.
		"OfTokens": {graph.Limits{Tokens: 1000}, 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := asks(c.limits, true)
			tr.play(t)
			if tr.made() != c.want || tr.outcome.Usage.ModelCalls != c.want {
				t.Errorf("asked %d questions, counted %+v, want %d", tr.made(), tr.outcome.Usage, c.want)
			}
			if tr.outcome.Status != run.StatusCompleted {
				t.Errorf("ended %+v", tr.outcome)
			}
		})
	}
}

func TestWithoutReservationsTheLimitWouldBePassed(t *testing.T) {
	t.Parallel()
	tr := asks(graph.Limits{ModelCalls: 100}, false)
	tr.play(t)
	if tr.made() <= 100 {
		t.Fatalf("asked only %d questions: the test cannot see a limit that is passed", tr.made())
	}
}

// A crash gives no question back that may have been asked.
func TestNoCrashPassesTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := graph.Limits{ModelCalls: rapid.IntRange(1, 100).Draw(t, "calls"), Tokens: rapid.IntRange(20, 1200).Draw(t, "tokens")}
		tr := asks(limits, true)
		tr.crash = ever(rapid.IntRange(1, 60).Draw(t, "gap"))
		tr.play(t)
		if tr.made() > limits.ModelCalls || tr.made()*10 > limits.Tokens {
			t.Fatalf("%+v: asked %d different questions in %d attempts", limits, tr.made(), tr.attempts)
		}
		if u := tr.outcome.Usage; u.ModelCalls > limits.ModelCalls || u.Tokens() > limits.Tokens {
			t.Fatalf("%+v: counted %+v", limits, u)
		}
	})
}

func TestToolCallsStopAtTheirLimit(t *testing.T) {
	t.Parallel()
	for _, callee := range []string{"helper", "pure"} {
		g := endless(graph.Limits{ToolCalls: 30})
		g.Nodes[2].Kind = callee
		tr := newTrial(g)
		tr.play(t)
		if n := tr.outcome.Usage.ToolCalls; n != 30 {
			t.Errorf("%s: %d calls were made", callee, n)
		}
		var out struct {
			Errors []struct{ Code, Message string }
		}
		for _, r := range tr.tape {
			if r.Type == run.StepCompleted && r.Node == "each" && r.Call == "" {
				var c run.Completed
				_ = json.Unmarshal(r.Data, &c)
				_ = json.Unmarshal(c.Output, &out)
			}
		}
		if len(out.Errors) != 170 || out.Errors[0].Code != "limit_exceeded" || out.Errors[0].Message != "the run has made 30 tool calls; its limits.tool_calls is 30" {
			t.Errorf("%s: %d errors, first %+v", callee, len(out.Errors), out.Errors[:min(1, len(out.Errors))])
		}
	}
}
