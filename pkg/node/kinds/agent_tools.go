package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/schema"
)

// maxToolName is what model servers allow for a tool's name.
const maxToolName = 64

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
}

func openTools(in *node.Input, list []agentTool) (toolbox, error) {
	var box toolbox
	for _, want := range list {
		n, ok := callable(in.Graph, want.Node)
		if !ok {
			return nil, node.Permanent(run.NodeFailed, fmt.Sprintf("%q is no callable node of the graph", want.Node))
		}
		t, err := newTool(model.Tool{Name: n.ID, Description: n.Description, Parameters: closed(n.Parameters)})
		if err != nil {
			return nil, err
		}
		t.call = func(ctx context.Context, step string, arguments json.RawMessage) (json.RawMessage, error) {
			return in.Call(ctx, step, n.ID, arguments)
		}
		box = append(box, t)
	}
	return box, nil
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

// checkTools finds the tools that do not exist, and agents that could call
// themselves by way of others.
func checkTools(n graph.Node, tools []agentTool, g graph.Graph) []fault.Detail {
	var details []fault.Detail
	seen := map[string]bool{}
	for i, t := range tools {
		path := fmt.Sprintf("config.tools[%d].node", i)
		_, ok := callable(g, t.Node)
		switch {
		case !ok:
			details = append(details, fault.Detail{Path: path, Code: unknownNode, Message: fmt.Sprintf("%q is no callable node of the graph", t.Node)})
		case seen[t.Node]:
			details = append(details, fault.Detail{Path: path, Code: duplicateID, Message: fmt.Sprintf("the tool %q is there already", t.Node)})
		case len(t.Node) > maxToolName:
			details = append(details, fault.Detail{Path: path, Code: invalid, Message: fmt.Sprintf("a tool's name has at most %d characters", maxToolName)})
		case reaches(g, t.Node, n.ID, map[string]bool{}):
			details = append(details, fault.Detail{Path: path, Code: selfReference, Message: fmt.Sprintf("through %q the agent would call itself", t.Node)})
		}
		seen[t.Node] = true
	}
	return details
}

// reaches says whether the callable from can, by calling, come to the node to.
func reaches(g graph.Graph, from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	n, ok := callable(g, from)
	if !ok || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(callees(n), func(id string) bool { return reaches(g, id, to, seen) })
}

// callees are the nodes that a node may call.
func callees(n graph.Node) []string {
	var ids []string
	switch n.Kind {
	case (Agent{}).Name():
		c, _ := decoded[agentConfig](n)
		for _, t := range c.Tools {
			ids = append(ids, t.Node)
		}
	case (Map{}).Name():
		c, _ := decoded[mapConfig](n)
		ids = append(ids, c.Node)
	}
	return ids
}
