package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// input is what a node sees of its run.
func (x *Executor) input(ctx context.Context, a *activity) *node.Input {
	d := &doing{x, a, ctx}
	return &node.Input{
		Node:    a.node,
		Graph:   x.Plan.Graph,
		Memo:    a.memo,
		Scope:   x.names(a),
		Key:     a.step.Key(x.session.id),
		Epoch:   x.Run.Epoch,
		Depth:   x.Run.Cause.Depth + 1,
		Foreign: x.Run.Cause.Foreign,
		HTTP:    x.World.HTTP,
		Secrets: x.World.Secrets,
		Model:   x.World.Model,
		Now:     x.Now,
		Try:     ask(x.Journal, func(s *run.State) int { return s.Tries(a.step) }) + 1,
		Steps:   d, Asks: d, Tells: d,
	}
}

// inside names a step inside this one.
func (a *activity) inside(call string) run.Step {
	s := a.step
	if s.Call != "" {
		call = s.Call + "/" + call
	}
	s.Call = call
	return s
}

// memoise runs fn once in the life of the run. An error is not remembered: the
// node decides whether to fail, and its next try comes by here again.
func (x *Executor) memoise(ctx context.Context, s run.Step, most run.Usage, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	if out, done := x.done(s); done {
		return out, nil
	}
	if out, kept := x.Kept.Done(s, ""); kept {
		return out, x.Journal.Note(run.StepCompleted, s, run.Completed{Output: out, Kind: kindOf(s), Copied: true})
	}
	if err := x.Fence(ctx); err != nil {
		return nil, &Over{cause(ctx, err)}
	}
	begun := run.Begun{Kind: kindOf(s)}
	if most == (run.Usage{}) {
		if err := x.Journal.Append(ctx, run.StepStarted, s, begun); err != nil {
			return nil, err
		}
		return x.remember(ctx, s, fn)
	}
	begun.Reserved = &most
	back, err := x.budget.begin(ctx, x.Journal, s, begun)
	if err != nil {
		return nil, err
	}
	defer back()
	return x.remember(ctx, s, fn)
}

// remember runs fn and journals what it gave. One that failed has used nothing,
// which travels with the record of what that means for the node.
func (x *Executor) remember(ctx context.Context, s run.Step, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	result, err := fn(ctx)
	if err != nil {
		if !ofAttempt(ctx, err) {
			if err := x.noteFailed(s, node.Failed(err)); err != nil {
				return nil, err
			}
		}
		return nil, err
	}
	out, err := json.Marshal(result.Value)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", s.Call, err)
	}
	out = x.Journal.hide.Document(out)
	usage := result.Usage
	return out, x.Journal.Append(ctx, run.StepCompleted, s, run.Completed{Output: out, Usage: &usage, Kind: kindOf(s)})
}

// noteFailed tells that a call inside a node failed: for good, or until the node
// tries again.
func (x *Executor) noteFailed(s run.Step, e *node.Error) error {
	if e.Permanent {
		return x.Journal.Note(run.StepFailed, s, run.Failure{Code: e.Code, Message: e.Message, Kind: kindOf(s)})
	}
	tries := ask(x.Journal, func(st *run.State) int { return st.Tries(s) })
	return x.Journal.Note(run.StepRetrying, s, run.Retried{Try: tries + 1, Error: e.Message})
}

// kindOf is what a call inside a node is, by the first word of its name.
func kindOf(s run.Step) string {
	name := s.Call[strings.LastIndexByte(s.Call, '/')+1:]
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

// say shows a piece of text to whoever watches, if anybody can.
func (x *Executor) say(d run.Delta) {
	if x.Say != nil {
		x.Say(d)
	}
}

// call runs a callable node for an agent. A tool that failed is a *node.Error,
// which the agent may show its model; every other error ends the attempt and
// has to be passed on.
func (x *Executor) call(ctx context.Context, s run.Step, id string, raw json.RawMessage) (json.RawMessage, error) {
	n, ok := x.Plan.Node(id)
	if !ok || !n.Callable {
		return nil, &node.Error{Code: run.NodeFailed, Message: fmt.Sprintf("there is no tool %q", id), Permanent: true}
	}
	args, err := strictjson.Value(raw)
	if err != nil {
		return nil, &node.Error{Code: run.NodeFailed, Message: "the arguments are not JSON", Permanent: true}
	}
	return x.called(ctx, &activity{step: s, node: n, traits: x.traits(n), args: args, called: true})
}

// called performs a step for the node that it is inside of.
func (x *Executor) called(ctx context.Context, a *activity) (json.RawMessage, error) {
	out, err := x.perform(ctx, a)
	var failed *stepFailed
	if errors.As(err, &failed) {
		return nil, &node.Error{Code: failed.Code, Message: failed.Message, Permanent: true}
	}
	return out, err
}
