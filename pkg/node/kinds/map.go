package kinds

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var (
	_ node.Kind   = Map{}
	_ node.Caller = Map{}
)

// Map calls one callable node, or starts one graph, for every item of a list,
// some at a time. Every call is a step of its own in the journal: a map that was
// interrupted goes on behind the items that are done. Its output is
//
//	{"results": [ … ], "errors": [{"index": 3, "code": "node_failed", "message": "…"}]}
//
// with a result for each item in the order of the list, and null for one that
// failed. While it goes it tells how far it is.
type Map struct{}

type mapConfig struct {
	// Over is bare CEL that gives the list.
	Over string `json:"over"`
	// Node is the callable node that is called for each item.
	Node string `json:"node"`
	// Graph is the graph that is started for each item instead, as a run of its
	// own; Build is a number, or "assigned".
	Graph string   `json:"graph"`
	Build buildRef `json:"build"`
	// Message is what that graph is told: a template in which item and index
	// are known. Left out, it is what this one was told.
	Message *string `json:"message"`
	// Arguments are what the node is called with, or the variables that the
	// graph begins with: templates in which item and index are known. Left
	// out, it is the item itself, which must be an object.
	Arguments map[string]json.RawMessage `json:"arguments"`
	// Parallel is how many items are under way at once; 0 is 8.
	Parallel int `json:"parallel"`
	// OnError is what an item that failed does: "fail" (the default) begins no
	// more items and fails the node, "collect" goes on and reports it.
	OnError string `json:"on_error"`
}

const (
	defaultParallel = 8
	maxParallel     = 64
	// maxItems is how long a list may be. The journal keeps a result of each.
	maxItems = 1000
)

const (
	failAtOnce = "fail"
	collect    = "collect"
)

func (c mapConfig) parallel() int { return cmp.Or(c.Parallel, defaultParallel) }

func (Map) Name() string { return "map" }

func (Map) Check(n graph.Node, g graph.Graph) []fault.Detail {
	c, details := checked[mapConfig](n)
	wrong := func(field, code, format string, args ...any) {
		details = append(details, fault.Detail{Path: "config." + field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if c.Over == "" {
		wrong("over", invalid, "a map needs a list, like vars.pages")
	} else if problem := expr.Check(c.Over); problem != nil {
		wrong("over", graph.BadExpression, "%s", problem.Message)
	}
	details = append(details, c.checkTarget(n, g)...)
	if c.Parallel < 0 || c.Parallel > maxParallel {
		wrong("parallel", invalid, "parallel is between 1 and %d", maxParallel)
	}
	switch c.OnError {
	case "", failAtOnce, collect:
	default:
		wrong("on_error", invalid, "on_error is %s or %s", failAtOnce, collect)
	}
	return details
}

// checkTarget says what is wrong with what the items are given to.
func (c mapConfig) checkTarget(n graph.Node, g graph.Graph) []fault.Detail {
	wrong := func(field, code, format string, args ...any) []fault.Detail {
		return []fault.Detail{{Path: "config." + field, Code: code, Message: fmt.Sprintf(format, args...)}}
	}
	switch {
	case c.Graph != "" && c.Node != "":
		return wrong("graph", invalid, "a map calls a node or starts a graph, not both")
	case c.Graph == "" && c.Node == "":
		return wrong("node", invalid, "a map names a callable node of the graph in node, or a graph in graph")
	case c.Graph != "":
		return checkCallee("config.graph", c.Graph, g)
	case c.Build != 0 || c.Message != nil:
		return wrong("node", invalid, "build and message belong to a graph, and a node has neither")
	}
	if _, ok := callable(g, c.Node); !ok {
		return wrong("node", unknownNode, "%q is no callable node of the graph", c.Node)
	}
	if reaches(g, c.Node, n.ID, map[string]bool{}) {
		return wrong("node", selfReference, "through %q the map would call itself", c.Node)
	}
	return nil
}

// Traits give a map the time of a run: its calls have limits of their own, and
// are tried again by themselves.
func (Map) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 45 * time.Minute, Repeat: graph.RepeatSafe}
}

// Calls names the graph that is started for each item.
func (Map) Calls(n graph.Node) string {
	c, err := decoded[mapConfig](n)
	if err != nil {
		return "" // a build holds only what was checked
	}
	return c.Graph
}

func (Map) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[mapConfig](in.Node)
	if err != nil {
		return nil, err
	}
	items, err := c.items(ctx, in)
	if err != nil {
		return nil, err
	}
	in.Saw(map[string]any{"items": len(items)})
	b := newBatch(in, c, len(items))
	if c.Node != "" {
		if b.box, err = openTools(ctx, in, []agentTool{{Node: c.Node}}); err != nil {
			return nil, err
		}
	}
	// Of a map that is stopped the items that are done are its partial result.
	err = b.run(ctx, items)
	return map[string]any{"results": b.results, "errors": b.errors}, err
}

// items is the list as it was when the node first started.
func (c mapConfig) items(ctx context.Context, in *node.Input) ([]any, error) {
	v, err := expr.Eval(ctx, c.Over, in.Scope)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, node.Permanent(run.ExpressionFailed, "config.over: "+err.Error())
	}
	items, ok := v.([]any)
	switch {
	case !ok:
		return nil, node.Permanent(run.ExpressionFailed, "config.over: what it gives is no list")
	case len(items) > maxItems:
		return nil, node.Permanent(run.LimitExceeded, fmt.Sprintf("config.over: the list has %d items; at most %d are gone through", len(items), maxItems))
	}
	return items, nil
}
