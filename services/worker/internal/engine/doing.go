package engine

import (
	"context"
	"encoding/json"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var (
	_ node.Steps = (*doing)(nil)
	_ node.Asks  = (*doing)(nil)
	_ node.Tells = (*doing)(nil)
)

// doing is one try of a step, as its node knows it: ctx is the try's, for what is
// told without one.
type doing struct {
	x   *Executor
	a   *activity
	ctx context.Context
}

func (d *doing) Step(ctx context.Context, call string, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	return d.x.memoise(ctx, d.a.inside(call), run.Usage{}, fn)
}

func (d *doing) Spend(ctx context.Context, call string, most run.Usage, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	return d.x.memoise(ctx, d.a.inside(call), most, fn)
}

func (d *doing) Call(ctx context.Context, call, id string, args json.RawMessage) (json.RawMessage, error) {
	return d.x.call(ctx, d.a.inside(call), id, args)
}

func (d *doing) Perform(ctx context.Context, call string, n graph.Node, more expr.Scope) (json.RawMessage, error) {
	return d.x.called(ctx, &activity{step: d.a.inside(call), node: n, traits: d.x.traits(n), args: more["args"], more: more, called: true})
}

func (d *doing) Child(ctx context.Context, call string, c node.Child) (json.RawMessage, error) {
	return d.x.child(ctx, d.a, call, c)
}

func (d *doing) Ask(ctx context.Context, call string, put func() (run.Ask, error)) (run.Ask, error) {
	return d.x.ask(ctx, d.a.inside(call), put)
}

func (d *doing) Await(_ context.Context, call string) (run.Answer, error) {
	return d.x.await(d.a.inside(call))
}

func (d *doing) Address(ask run.Ask) string { return d.x.World.Address(d.x.Run, ask) }

func (d *doing) Say(call string, offset int, text string) {
	d.x.say(run.Delta{Run: d.x.Run.ID, Epoch: d.x.Run.Epoch, Step: d.a.inside(call), Offset: offset, Text: text})
}

// Saw takes an input that cannot be written as nothing: that is no reason to stop
// a run.
func (d *doing) Saw(input any) {
	if raw, err := json.Marshal(input); err == nil && len(raw) <= maxOutput {
		d.a.saw = raw
	}
}

// Log drops a line that cannot be written: that is no reason to stop a run
// either.
func (d *doing) Log(level, message string) {
	_ = d.x.Journal.Tell(d.ctx, run.LogLine, d.a.step, run.Line{Level: level, Message: message})
}

func (d *doing) Progress(done, total int) { d.x.progress(d.ctx, d.a.step, done, total) }
