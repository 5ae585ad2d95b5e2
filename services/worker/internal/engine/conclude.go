package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// conclude makes the record of a node that has an output: what it captures and
// which of its edges are taken, decided here and never again.
func (x *Executor) conclude(ctx context.Context, a activity, out json.RawMessage) run.Completed {
	c := run.Completed{Output: out, Kind: a.node.Kind}
	// The step has happened: a cancel that arrives now must not make its
	// conditions fail.
	ctx = context.WithoutCancel(ctx)
	scope := x.scope(a)
	output, err := strictjson.Value(out)
	if err != nil {
		c.Failure = &run.Failure{Code: run.InternalError, Message: "the output of " + a.node.ID + " is not JSON"}
		return c
	}
	scope["output"] = output
	set, failure := x.captured(ctx, a.node, scope, output)
	if failure != nil {
		c.Failure = failure
		return c
	}
	if c.Vars, err = encoded(set); err != nil {
		c.Failure = &run.Failure{Code: run.ExpressionFailed, Message: err.Error()}
		return c
	}
	scope["vars"] = merged(scope["vars"], set)
	c.Edges, c.Lap, c.Failure = x.decide(ctx, a.node.ID, scope)
	return c
}

// captured are the session variables that a node sets. Captures see the
// variables as they were before, so their order does not matter.
func (x *Executor) captured(ctx context.Context, n graph.Node, scope expr.Scope, output any) (map[string]any, *run.Failure) {
	set := map[string]any{}
	if object, ok := output.(map[string]any); ok && x.traits(n).Sets {
		maps.Copy(set, object)
	}
	for _, name := range slices.Sorted(maps.Keys(n.Capture)) {
		value, err := capture(ctx, n.Capture[name], scope)
		if err != nil {
			return nil, &run.Failure{Code: run.ExpressionFailed, Message: fmt.Sprintf("nodes[%s].capture.%s: %s", n.ID, name, err)}
		}
		set[name] = value
	}
	return set, nil
}

func capture(ctx context.Context, c graph.Capture, scope expr.Scope) (any, error) {
	switch {
	case c.Expr != "":
		return expr.Eval(ctx, c.Expr, scope)
	case c.Copy != "":
		vars, _ := scope["vars"].(map[string]any)
		return vars[c.Copy], nil
	}
	return strictjson.Value(c.Value)
}

func merged(vars any, set map[string]any) map[string]any {
	old, _ := vars.(map[string]any)
	all := maps.Clone(old)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, set)
	return all
}

func encoded(set map[string]any) (map[string]json.RawMessage, error) {
	if len(set) == 0 {
		return nil, nil
	}
	raw := make(map[string]json.RawMessage, len(set))
	for name, value := range set {
		b, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", name, err)
		}
		raw[name] = b
	}
	return raw, nil
}
