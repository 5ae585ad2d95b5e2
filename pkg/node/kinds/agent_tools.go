package kinds

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/schema"
)

// toolbox is what an agent offers to its model. The model can call nothing else,
// whatever it was told.
type toolbox []tool

// tool is one thing that the model may call. Its name, and what fits its
// parameters, is decided before it is called.
type tool struct {
	model.Tool
	arguments *schema.Schema
	// call makes the call as the step of that name. What the model may be told
	// of a failure is a *node.Error; every other error is about the run.
	call func(ctx context.Context, step string, arguments json.RawMessage) (json.RawMessage, error)
	// final says that the agent has finished when it calls the tool: its
	// arguments are the answer. ends says that the run has, too.
	final, ends bool
	// agent says that the tool is an agent with limits of its own.
	agent bool
	// approval is what a person is asked before each call; nil asks nobody.
	approval *approval
}

// agentTool names what the agent may use: a callable node, a callable agent,
// something built in, or tools of an MCP server.
type agentTool struct {
	Node    string `json:"node"`
	Agent   string `json:"agent"`
	Builtin string `json:"builtin"`
	serverTools
	// Approval lets a person decide about every call.
	Approval *approval `json:"approval"`
}

// id is the node that the tool calls; empty for what is built in.
func (t agentTool) id() string { return cmp.Or(t.Node, t.Agent) }

// name is what the model knows the tool by; a server has several.
func (t agentTool) name() string { return cmp.Or(t.Node, t.Agent, t.Builtin) }

func openTools(ctx context.Context, in *node.Input, list []agentTool) (toolbox, error) {
	var box toolbox
	for i, want := range list {
		if want.MCP != nil {
			tools, err := openMCP(ctx, in, fmt.Sprintf("tools:%d", i+1), want.serverTools)
			if err != nil {
				return nil, err
			}
			for i := range tools {
				tools[i].approval = want.Approval
			}
			box = append(box, tools...)
			continue
		}
		open := openNode
		if want.Builtin != "" {
			open = openBuiltin
		}
		t, err := open(in, want)
		if err != nil {
			return nil, err
		}
		box = append(box, t)
	}
	return box, nil
}

// openNode makes a tool of a callable node.
func openNode(in *node.Input, want agentTool) (tool, error) {
	n, ok := callable(in.Graph, want.id())
	if !ok {
		return tool{}, node.Permanent(run.NodeFailed, fmt.Sprintf("%q is no callable node of the graph", want.id()))
	}
	t, err := newTool(model.Tool{Name: n.ID, Description: n.Description, Parameters: closed(parametersOf(n))})
	t.agent, t.approval = talks(n.Kind), want.Approval
	t.call = func(ctx context.Context, step string, arguments json.RawMessage) (json.RawMessage, error) {
		return in.Call(ctx, step, n.ID, arguments)
	}
	return t, err
}

// newTool compiles the parameters of a tool.
func newTool(t model.Tool) (tool, error) {
	arguments, err := schema.Compile(t.Parameters)
	if err != nil {
		return tool{}, node.Permanent(run.NodeFailed, fmt.Sprintf("the parameters of %q: %v", t.Name, err))
	}
	return tool{Tool: t, arguments: arguments}, nil
}

func (b toolbox) offered() []model.Tool {
	var out []model.Tool
	for _, t := range b {
		out = append(out, t.Tool)
	}
	return out
}

// closed refuses arguments that the parameters do not name: an extra one would
// be a wish of the model's that nobody checks. Schemas built from parts are
// left as they are.
func closed(parameters json.RawMessage) json.RawMessage {
	var s map[string]json.RawMessage
	if len(parameters) == 0 {
		s = map[string]json.RawMessage{"type": json.RawMessage(`"object"`), "properties": json.RawMessage(`{}`)}
	} else if json.Unmarshal(parameters, &s) != nil {
		return parameters
	}
	for _, word := range []string{"additionalProperties", "unevaluatedProperties", "patternProperties", "allOf", "anyOf", "oneOf", "$ref"} {
		if _, ok := s[word]; ok {
			return parameters
		}
	}
	s["additionalProperties"] = json.RawMessage("false")
	out, err := json.Marshal(s)
	if err != nil {
		return parameters
	}
	return out
}

func callable(g graph.Graph, id string) (graph.Node, bool) {
	i := slices.IndexFunc(g.Nodes, func(n graph.Node) bool { return n.ID == id })
	if i < 0 || !g.Nodes[i].Callable {
		return graph.Node{}, false
	}
	return g.Nodes[i], true
}
