package kinds

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = Agent{}

// Agent asks a model, lets it call tools, and goes on until it answers. Every
// question and every tool call is a step of its own in the journal, so that an
// agent that was interrupted walks the same way again and asks only for what
// the journal lacks.
//
// The output is the answer's text, or with output_schema the JSON value. What
// strangers wrote reaches the model as the user's message or a tool's; only the
// author writes the system prompt. That makes it harder to talk a model into
// something, not impossible: what an agent may do is bounded by its tools.
type Agent struct{}

// Name is "agent".
func (Agent) Name() string { return "agent" }

// Traits give an agent the time for a conversation. It may run again after a
// crash: what it did is in the journal.
func (Agent) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 10 * time.Minute, Repeat: graph.RepeatSafe, Retries: retries, Derives: true}
}

// Run holds the conversation.
func (Agent) Run(ctx context.Context, in *node.Input) (any, error) {
	hide := newRedactor(in.Secrets)
	c, err := decoded[agentConfig](in.Node)
	if err != nil {
		return nil, err
	}
	t, err := begin(ctx, in, c)
	if err != nil {
		return nil, hide.failure(err)
	}
	out, err := t.run(ctx)
	if err != nil {
		return nil, hide.failure(err)
	}
	return out, nil
}
