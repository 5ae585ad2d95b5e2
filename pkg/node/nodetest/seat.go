package nodetest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var (
	_ node.Steps = seat{}
	_ node.Asks  = seat{}
	_ node.Tells = seat{}
)

// seat is the bench as one node on it sees it.
type seat struct {
	*Bench
	key string
}

func (s seat) Step(ctx context.Context, call string, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	return s.step(ctx, within(s.key, call), fn)
}

func (s seat) Spend(ctx context.Context, call string, _ run.Usage, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	return s.step(ctx, within(s.key, call), fn)
}

func (s seat) Call(ctx context.Context, call, id string, args json.RawMessage) (json.RawMessage, error) {
	return s.call(ctx, call, id, s.key, args)
}

func (s seat) Perform(ctx context.Context, call string, n graph.Node, more expr.Scope) (json.RawMessage, error) {
	return s.perform(ctx, call, n, s.key, more)
}

func (s seat) Child(_ context.Context, call string, c node.Child) (json.RawMessage, error) {
	return s.child(call, c)
}

func (s seat) Ask(ctx context.Context, call string, put func() (run.Ask, error)) (run.Ask, error) {
	return s.ask(ctx, call, put)
}

func (s seat) Await(ctx context.Context, call string) (run.Answer, error) { return s.await(ctx, call) }

func (s seat) Address(ask run.Ask) string {
	return "https://onset.example/callbacks/" + ask.ID.String() + "/the-token-of-it"
}

func (s seat) Say(call string, offset int, text string) { s.hear(within(s.key, call), offset, text) }

func (s seat) Saw(input any) { s.saw(input) }

func (s seat) Log(level, message string) { s.say(level + ": " + message) }

func (s seat) Progress(done, total int) { s.say(fmt.Sprintf("progress: %d of %d", done, total)) }
