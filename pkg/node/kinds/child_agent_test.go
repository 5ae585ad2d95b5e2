package kinds_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node/nodetest"
)

// withChild is an agent that calls the child agent helper once.
func withChild(t *testing.T, child graph.Node, arguments string) *nodetest.Bench {
	t.Helper()
	prompt, _ := json.Marshal("@call helper " + arguments + "\n@say so be it")
	b := agentBench(t, fmt.Sprintf(`{"model":"onset/echo","prompt":%s,"tools":[{"agent":"helper"}]}`, prompt), paged)
	child.ID, child.Kind, child.Callable = "helper", "child_agent", true
	if child.Config == nil {
		child.Config = json.RawMessage(`{"model":"onset/echo"}`)
	}
	b.Graph.Nodes = append(b.Graph.Nodes, child)
	for _, n := range []graph.Node{b.Graph.Nodes[0], child} {
		if _, details := b.Kinds.Check(n, b.Graph); len(details) > 0 {
			t.Fatal(details)
		}
	}
	return b
}

func TestAnAgentCallsAnotherAsATool(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		child           graph.Node
		arguments, want string
	}{
		"WithAMessage":   {graph.Node{}, `{"message":"what is 3 x 4"}`, `"what is 3 x 4"`},
		"WithItsTools":   {nodeOf("", "", `{"model":"onset/echo","prompt":"@call page {\"text\":\"x\"}\n@say paged","tools":[{"node":"page"}]}`), `{"message":"go"}`, `"paged"`},
		"WithParameters": {graph.Node{Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}}}`)}, `{"city":"Oslo"}`, `"{\"city\":\"Oslo\"}"`},
		"WithItsInput":   {nodeOf("", "", `{"model":"onset/echo","input":"about {{ args.message }}"}`), `{"message":"that"}`, `"about that"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := withChild(t, c.child, c.arguments)
			if out, err := b.Run(t.Context(), "n"); err != nil || out != "so be it" {
				t.Fatalf("%v (%v)", out, err)
			}
			if got := string(b.Journal["tool:1:helper"]); got != c.want {
				t.Errorf("the child answered %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnAgentHearsWhatBecameOfAChildThatDidNotAnswer(t *testing.T) {
	t.Parallel()
	restless := nodeOf("", "", `{"model":"onset/echo","prompt":"@call look\n@call look","tools":[{"node":"look"}],"max_turns":1}`)
	for name, c := range map[string]struct {
		child     graph.Node
		arguments string
		called    bool
	}{
		"OutOfItsTurns":      {restless, `{"message":"go"}`, true},
		"WithoutMessage":     {graph.Node{}, `{}`, false},
		"WithAnExtraMessage": {graph.Node{}, `{"message":"a","to":"b"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := withChild(t, c.child, c.arguments)
			if out, err := b.Run(t.Context(), "n"); err != nil || out != "so be it" {
				t.Errorf("%v (%v)", out, err)
			}
			refused := slices.ContainsFunc(b.Logs, func(line string) bool { return strings.Contains(line, "refused: the arguments do not fit") })
			if called := slices.Contains(b.Done, "tool:1:helper"); called != c.called || refused == c.called {
				t.Errorf("called %v: %v, %v", called, b.Done, b.Logs)
			}
		})
	}
}
