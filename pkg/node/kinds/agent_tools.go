package kinds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/schema"
	"github.com/onsethq/onset/pkg/strictjson"
)

// maxToolName is what model servers allow for a tool's name.
const maxToolName = 64

// maxToolText is how much of a tool's output a model gets to read, in bytes.
const maxToolText = 256 << 10

// toolbox are the callable nodes that an agent offers to its model. The model
// can call nothing else, whatever it was told.
type toolbox []tool

type tool struct {
	model.Tool
	arguments *schema.Schema
}

func openTools(list []agentTool, g graph.Graph) (toolbox, error) {
	var box toolbox
	for _, want := range list {
		n, ok := callable(g, want.Node)
		if !ok {
			return nil, node.Permanent(run.NodeFailed, fmt.Sprintf("%q is no callable node of the graph", want.Node))
		}
		parameters := closed(n.Parameters)
		arguments, err := schema.Compile(parameters)
		if err != nil {
			return nil, node.Permanent(run.NodeFailed, fmt.Sprintf("the parameters of %q: %v", n.ID, err))
		}
		box = append(box, tool{model.Tool{Name: n.ID, Description: n.Description, Parameters: parameters}, arguments})
	}
	return box, nil
}

func (b toolbox) offered() []model.Tool {
	var out []model.Tool
	for _, t := range b {
		out = append(out, t.Tool)
	}
	return out
}

// refuse says why a call is not made, or nothing.
func (b toolbox) refuse(call model.ToolCall) string {
	i := slices.IndexFunc(b, func(t tool) bool { return t.Name == call.Name })
	if i < 0 {
		return fmt.Sprintf("there is no tool %q", call.Name)
	}
	raw := []byte(call.Arguments)
	if err := strictjson.Check(raw, strictjson.Stored); err != nil {
		return "the arguments are not JSON: " + err.Error()
	}
	if problems := b[i].arguments.Check(raw); len(problems) > 0 {
		return "the arguments do not fit: " + list(problems)
	}
	return ""
}

// use makes one call that the model asked for. What goes wrong with it is told
// to the model, which may do better; what no other arguments could mend ends
// the agent.
func (t *talk) use(ctx context.Context, call model.ToolCall) (string, error) {
	if problem := t.tools.refuse(call); problem != "" {
		t.in.Log("warning", "the model's call was refused: "+problem)
		return "error: " + problem, nil
	}
	if t.toolCalls++; t.toolCalls > t.c.toolCalls() {
		return "", node.Permanent(run.LimitExceeded, fmt.Sprintf("the agent made more than %d tool calls", t.c.toolCalls()))
	}
	step := fmt.Sprintf("tool:%d:%s", t.toolCalls, call.Name)
	raw, err := t.in.Call(ctx, step, call.Name, json.RawMessage(call.Arguments))
	var failed *node.Error
	switch {
	case err == nil:
		return readable(raw), nil
	case !errors.As(err, &failed) || ends(failed):
		return "", err
	}
	return "error: " + failed.Message, nil
}

// ends are the failures that are not the model's to work around.
func ends(e *node.Error) bool {
	return e.Permanent && slices.Contains([]run.ErrorCode{run.EgressBlocked, run.SecretMissing, run.LimitExceeded}, e.Code)
}

// readable is a tool's output as the model reads it.
func readable(raw json.RawMessage) string {
	text := string(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "" {
		text = s
	}
	if len(text) > maxToolText {
		return strictjson.StorableText(text[:maxToolText]) + "… (cut)"
	}
	return text
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
