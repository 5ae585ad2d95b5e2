package engine

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
)

const canary = "canary-\"7f3a<9c1e>"

// leaks plays a graph whose nodes say the canary in every way they can, and gives
// what was written and how it ended.
func leaks(t *testing.T, hide redact.Redactor) (written string, o run.Outcome) {
	t.Helper()
	first, asked := true, make(chan struct{})
	leaky := node.NewRegistry(
		kind{name: "start", pure: true, run: constant},
		kind{name: "end", pure: true, run: constant},
		kind{name: "says", run: func(ctx context.Context, in *node.Input) (any, error) {
			in.Log("info", "logged "+canary)
			heard, err := in.Step(ctx, "model:1", func(context.Context) (node.Result, error) { return node.Result{Value: "memo " + canary}, nil })
			if err != nil {
				return nil, err
			}
			if _, err := in.Call(ctx, "tool:1:helper", "helper", json.RawMessage(`{"argument":"canary-\"7f3a<9c1e>"}`)); err != nil {
				return nil, err
			}
			return map[string]any{"heard": heard, "own": canary, "names": map[string]any{canary: 1}}, nil
		}},
		kind{name: "helper", run: func(context.Context, *node.Input) (any, error) { return "helped with " + canary, nil }},
		kind{name: "tries", retries: 1, run: func(context.Context, *node.Input) (any, error) {
			if first {
				first = false
				return nil, errors.New("tried " + canary)
			}
			return 1, nil
		}},
		kind{name: "fails", run: func(context.Context, *node.Input) (any, error) {
			<-asked
			return nil, node.Permanent(run.NodeFailed, "failed "+canary)
		}},
		kind{name: "asks", run: func(ctx context.Context, in *node.Input) (any, error) {
			defer close(asked)
			question := func() (run.Ask, error) {
				return run.Ask{Reason: run.ForInput, Question: json.RawMessage(`{"text":"canary-\"7f3a<9c1e>?"}`)}, nil
			}
			if _, err := in.Ask(ctx, "ask:1", question); err != nil {
				return nil, err
			}
			return in.Child(ctx, "run:1", node.Child{Graph: "other", Message: canary, Variables: map[string]any{"v": canary}})
		}},
	)
	g := graph.Graph{
		Nodes: []graph.Node{
			{ID: "start", Kind: "start"}, {ID: "says", Kind: "says", Capture: map[string]graph.Capture{"own": {Expr: "output.own"}}},
			{ID: "tries", Kind: "tries"}, {ID: "fails", Kind: "fails"}, {ID: "end", Kind: "end"},
			{ID: "helper", Kind: "helper", Callable: true}, {ID: "asks", Kind: "asks"},
		},
		Edges: []graph.Edge{{From: "start", To: "asks"}, {From: "start", To: "says"}, {From: "says", To: "tries"}, {From: "tries", To: "fails"}, {From: "fails", To: "end"}, {From: "asks", To: "end"}},
	}
	sink := &tape{}
	r := run.Run{ID: trialRun, Epoch: 1, Attempts: 1}
	x := &Executor{
		Plan: graph.NewPlan(g), Kinds: leaky, Run: r,
		Journal: OpenJournal(run.Lease{Run: r.ID, Epoch: 1}, run.NewState(Initial(g, r)), sink, time.Now, hide),
		World: World{Callee: func(context.Context, string, int) (run.Callee, error) {
			return run.Callee{Graph: "other", Build: 1}, nil
		}},
		Fence:   func(ctx context.Context) error { return ctx.Err() },
		Backoff: func(context.Context, time.Duration) error { return nil },
		Now:     time.Now, Deadline: time.Now().Add(time.Hour), Log: slog.New(slog.DiscardHandler),
	}
	o, err := x.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal([]any{append(sink.records, x.Journal.Rest()...), o, x.Journal.state.Vars})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), o
}

func TestNoSecretIsWrittenWhicheverWayItComes(t *testing.T) {
	t.Parallel()
	written, o := leaks(t, redact.New(map[string]string{"KEY": canary}))
	if i := strings.Index(written, "7f3a"); i >= 0 {
		t.Errorf("the secret is in …%s…", written[max(0, i-200):min(len(written), i+100)])
	}
	if o.Error != "failed [secret]" {
		t.Errorf("the run failed with %q", o.Error)
	}
	for _, what := range []string{"logged [secret]", "memo [secret]", "helped with [secret]", `"argument":"[secret]"`, "tried [secret]", `"own":"[secret]"`, `"v":"[secret]"`, "[secret]?"} {
		if !strings.Contains(written, what) {
			t.Errorf("nothing says %s: does the test still say it?", what)
		}
	}
	if bare, _ := leaks(t, redact.Redactor{}); strings.Count(bare, "7f3a") < 10 {
		t.Errorf("where nothing is secret the canary is written %d times", strings.Count(bare, "7f3a"))
	}
}
