package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// conclude makes the record of a node that has an output: what it captures and
// which of its edges are taken, decided here and never again.
func (x *Executor) conclude(ctx context.Context, a *activity, out output) run.Completed {
	// The step has happened: a cancel that arrives now must not make its
	// conditions fail.
	ctx = context.WithoutCancel(ctx)
	scope := x.behind(a)
	c := x.captures(ctx, a, scope, out)
	if c.Failure != nil {
		return c
	}
	if scope != nil {
		scope["vars"] = merged(scope["vars"], c.Read.Vars)
	}
	c.Edges, c.Lap, c.Failure = x.decide(ctx, a.node.ID, scope)
	return c
}

// capturing makes the record of a node that has an output and no edges to
// decide.
func (x *Executor) capturing(ctx context.Context, a *activity, out output) run.Completed {
	return x.captures(context.WithoutCancel(ctx), a, x.behind(a), out)
}

// captures makes the record of an output with what is captured of it; the scope
// knows the output then.
func (x *Executor) captures(ctx context.Context, a *activity, scope expr.Scope, out output) run.Completed {
	c := run.Completed{Output: out.raw, Kind: a.node.Kind}
	value, err := out.read()
	if err != nil {
		c.Failure = &run.Failure{Code: run.InternalError, Message: "the output of " + a.node.ID + " is not JSON"}
		return c
	}
	if scope != nil {
		scope["output"] = value
	}
	var set map[string]any
	if set, c.Failure = x.captured(ctx, a, scope, value); c.Failure != nil {
		return c
	}
	read := run.Reading{Output: value}
	if c.Vars, read.Vars, err = variables(set, a.written(out)); err != nil {
		c.Failure = &run.Failure{Code: run.ExpressionFailed, Message: err.Error()}
		return c
	}
	c.Read = &read
	return c
}

// captured are the session variables that a node sets. Captures see the
// variables as they were before, so their order does not matter.
func (x *Executor) captured(ctx context.Context, a *activity, scope expr.Scope, output any) (map[string]any, *run.Failure) {
	n := a.node
	var set map[string]any
	if !a.called {
		set = a.sets(output)
	}
	if len(n.Capture) == 0 {
		return set, nil
	}
	set = merged(set, nil)
	for _, name := range slices.Sorted(maps.Keys(n.Capture)) {
		value, err := x.capture(ctx, a, name, scope)
		if err != nil {
			return nil, &run.Failure{Code: run.ExpressionFailed, Message: fmt.Sprintf("nodes[%s].capture.%s: %s", n.ID, name, err)}
		}
		set[name] = value
	}
	return set, nil
}

// sets are the members of an output that become session variables by the nature
// of the node's kind.
func (a *activity) sets(output any) map[string]any {
	object, _ := output.(map[string]any)
	switch t := a.traits; {
	case t.Sets:
		return object
	case t.SetsFrom != "":
		inner, _ := object[t.SetsFrom].(map[string]any)
		return inner
	}
	return nil
}

func (x *Executor) capture(ctx context.Context, a *activity, name string, scope expr.Scope) (any, error) {
	switch c := a.node.Capture[name]; {
	case c.Expr != "":
		return expr.Eval(ctx, c.Expr, scope)
	case c.Copy != "":
		vars, _ := scope["vars"].(map[string]any)
		return vars[c.Copy], nil
	case c.Describe != "":
		return x.derived(a, name)
	default:
		return strictjson.Value(c.Value)
	}
}

// derived is what the node made of a description.
func (x *Executor) derived(a *activity, name string) (any, error) {
	out, ok := x.done(a.inside(node.Derived))
	if !ok {
		return nil, nil // a person said that the node happened, and not what it derived
	}
	all, err := strictjson.Value(out)
	if err != nil {
		return nil, err
	}
	vars, _ := all.(map[string]any)
	return vars[name], nil
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

// written are the session variables that a step sets where they are its output and
// nothing else: they were written with it. Otherwise it is nil.
func (a *activity) written(out output) map[string]json.RawMessage {
	if a.traits.Sets && !a.called && len(a.node.Capture) == 0 {
		return out.fields
	}
	return nil
}

// variables are what is set as it is written, unless that is known, and as that
// reads.
func variables(set map[string]any, known map[string]json.RawMessage) (map[string]json.RawMessage, map[string]any, error) {
	if known != nil {
		return known, set, nil
	}
	written, err := encoded(set)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("variable %w", err)
	case written == nil:
		return nil, nil, nil
	}
	read := make(map[string]any, len(written))
	for name, raw := range written {
		if read[name], err = (output{raw: raw, value: set[name], known: plain(set[name])}).read(); err != nil {
			return nil, nil, fmt.Errorf("variable %s: %w", name, err)
		}
	}
	return written, read, nil
}
