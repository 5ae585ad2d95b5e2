package kinds

import (
	"context"
	"encoding/json"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/mcp"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = MCP{}

// MCP calls one tool of an MCP server. Its output is
//
//	{"text": "…", "structured": …, "attachments": […]}
//
// with all text of the answer, its JSON if the tool gives any (whole numbers
// above 2^53 lose digits there), and images, sounds and links. A tool that calls
// its answer an error fails the node with that text, which an agent's model gets
// to read.
//
// What a tool does nobody knows but its server, so it is not repeated when its
// outcome is unknown, unless the author says that it is idempotent. What the
// server says of itself does not count.
type MCP struct{}

type mcpConfig struct {
	Server place `json:"server"`
	// Tool is the name by which the server lists it.
	Tool string `json:"tool"`
	// Arguments are templates; left out, they are those of the callable node.
	Arguments map[string]json.RawMessage `json:"arguments"`
	// Idempotent says that calling twice does no harm.
	Idempotent bool `json:"idempotent"`
}

func (MCP) Name() string { return "mcp" }

func (MCP) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[mcpConfig](n)
	details = append(details, c.Server.check("config.server")...)
	return append(details, checkName("config.tool", c.Tool, "tool")...)
}

func (MCP) Traits(n graph.Node) node.Traits {
	c, _ := decoded[mcpConfig](n)
	return foreign(c.Idempotent)
}

func (MCP) Run(ctx context.Context, in *node.Input) (any, error) {
	hide := newRedactor(in.Secrets)
	c, err := decoded[mcpConfig](in.Node)
	if err != nil {
		return nil, err
	}
	address, headers, err := c.Server.fill(ctx, in, "config.server")
	if err != nil {
		return nil, hide.failure(err)
	}
	arguments, err := outgoing(in).arguments(ctx, c.Arguments)
	if err != nil {
		return nil, hide.failure(err)
	}
	c.Server.show(ctx, in, "tool", c.Tool, c.Arguments)
	in.Log("tool_call", "calling the tool "+c.Tool)
	server := mcp.Server{URL: address, Headers: headers, HTTP: in.HTTP}
	r, err := server.Call(ctx, mcp.Call{Tool: c.Tool, Arguments: arguments, Key: in.Key})
	switch {
	case err != nil:
		return nil, hide.told(err)
	case r.Refused:
		return nil, hide.told(node.Permanent(run.NodeFailed, c.Tool+": "+r.Text))
	}
	return hide.stored(map[string]any{"text": r.Text, "structured": r.Structured, "attachments": r.Attachments})
}

// foreign are the traits of a node whose work is done by a server of somebody
// else.
func foreign(idempotent bool) node.Traits {
	t := node.Traits{Timeout: time.Minute, Repeat: graph.RepeatNever, Retries: retries}
	if idempotent {
		t.Repeat = graph.RepeatSafe
	}
	return t
}
