package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var (
	_ node.Kind   = Graph{}
	_ node.Caller = Graph{}
)

// Graph starts another graph and waits for its end. It is a run of its own, with
// its own journal, in the time that this run has left; cancelling this run
// cancels it. The output is its response.
type Graph struct{}

type graphConfig struct {
	Graph string `json:"graph"`
	// Build is a number, or "assigned": the one that the environment uses.
	Build buildRef `json:"build"`
	// Message is what the other graph is told; left out, what this one was.
	Message *string `json:"message"`
	// Variables are what it begins with.
	Variables map[string]json.RawMessage `json:"variables"`
}

func (Graph) Name() string { return "graph" }

func (Graph) Check(n graph.Node, g graph.Graph) []fault.Detail {
	c, details := checked[graphConfig](n)
	details = append(details, checkVariables("config.variables", c.Variables)...)
	return append(details, checkCallee("config.graph", c.Graph, g)...)
}

// checkCallee says what is wrong with the name of a graph that g starts.
func checkCallee(path, name string, g graph.Graph) []fault.Detail {
	switch name {
	case "":
		return []fault.Detail{{Path: path, Code: invalid, Message: "graph says which graph to start"}}
	case g.Name:
		return []fault.Detail{{Path: path, Code: selfReference, Message: fmt.Sprintf("graph %q would start itself", name)}}
	}
	return nil
}

// Traits give a graph the time of a run: its nodes have limits of their own, and
// are tried again by themselves.
func (Graph) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 45 * time.Minute, Repeat: graph.RepeatSafe}
}

// Calls names the graph.
func (Graph) Calls(n graph.Node) string {
	c, err := decoded[graphConfig](n)
	if err != nil {
		return "" // a build holds only what was checked
	}
	return c.Graph
}

func (Graph) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[graphConfig](in.Node)
	if err != nil {
		return nil, err
	}
	child := node.Child{Graph: c.Graph, Build: int(c.Build)}
	fill := inside(in)
	if child.Message, err = fill.said(ctx, c.Message); err != nil {
		return nil, err
	}
	if child.Variables, err = fill.object(ctx, "config.variables", c.Variables); err != nil {
		return nil, err
	}
	in.Saw(map[string]any{"graph": child.Graph, "message": child.Message, "variables": child.Variables})
	return in.Child(ctx, fmt.Sprintf("run:%d", in.Try), child)
}

// said is the message of a graph that is started; left out, that of this run.
func (f filler) said(ctx context.Context, template *string) (string, error) {
	if template == nil {
		message, _ := f.scope["message"].(string)
		return message, nil
	}
	return f.text(ctx, "config.message", *template, expr.Verbatim)
}
