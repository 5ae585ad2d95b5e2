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

var _ node.Kind = Map{}

// Map calls one callable node for every item of a list, some at a time. Every
// call is a step of its own in the journal: a map that was interrupted goes on
// behind the items that are done. Its output is
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
	// Arguments are what it is called with: templates in which item and index
	// are known. Left out, it is the item itself, which must be an object.
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
	if _, ok := callable(g, c.Node); !ok {
		wrong("node", unknownNode, "%q is no callable node of the graph", c.Node)
	} else if reaches(g, c.Node, n.ID, map[string]bool{}) {
		wrong("node", selfReference, "through %q the map would call itself", c.Node)
	}
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

// Traits give a map the time of a run: its calls have limits of their own, and
// are tried again by themselves.
func (Map) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 45 * time.Minute, Repeat: graph.RepeatSafe}
}

func (Map) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[mapConfig](in.Node)
	if err != nil {
		return nil, err
	}
	box, err := openTools(ctx, in, []agentTool{{Node: c.Node}})
	if err != nil {
		return nil, err
	}
	items, err := c.items(ctx, in)
	if err != nil {
		return nil, err
	}
	b := &batch{in: in, c: c, box: box, results: make([]json.RawMessage, len(items)), errors: []itemError{}}
	if err := b.run(ctx, items); err != nil {
		return nil, err
	}
	return map[string]any{"results": b.results, "errors": b.errors}, nil
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
