package kinds

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = ChildAgent{}

// ChildAgent is an agent that works for others: they call it as a tool, with a
// conversation, tools and limits of its own. It needs neither parameters nor an
// input: without parameters it is called with {"message": …}, and what it was
// called with is its input.
type ChildAgent struct{ Agent }

const childAgent = "child_agent"

// Name is "child_agent".
func (ChildAgent) Name() string { return childAgent }

// messageParameters are those of a child agent that declares none.
var messageParameters = json.RawMessage(`{"type":"object","properties":{"message":{"type":"string","description":"What the agent shall do, with everything that it has to know"}},"required":["message"]}`)

// parametersOf are what a callable node is called with.
func parametersOf(n graph.Node) json.RawMessage {
	if n.Kind == childAgent && !given(n.Parameters) {
		return messageParameters
	}
	return n.Parameters
}

// usualInput is what an agent hears that says nothing of its input.
func usualInput(in *node.Input) json.RawMessage {
	_, called := in.Scope["args"]
	switch {
	case in.Node.Kind != childAgent || !called:
		return json.RawMessage(`"{{ message }}"`)
	case given(in.Node.Parameters):
		return json.RawMessage(`"{{ args }}"`)
	}
	return json.RawMessage(`"{{ args.message }}"`)
}

// talks says whether a node of that kind holds a conversation.
func talks(kind string) bool { return kind == childAgent || kind == Agent{}.Name() }
