package kinds

import (
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
)

// maxToolName is what model servers allow for a tool's name.
const maxToolName = 64

// checkTools finds the tools that do not exist, and agents that could call
// themselves by way of others.
func checkTools(n graph.Node, tools []agentTool, g graph.Graph) []fault.Detail {
	var details []fault.Detail
	seen := map[string]bool{}
	for i, t := range tools {
		at := fmt.Sprintf("config.tools[%d]", i)
		details = append(details, checkTool(n, t, g, at, seen)...)
		details = append(details, t.checkApproval(at)...)
		for _, name := range t.Allow {
			seen[knownAs(name)] = true
		}
		seen[t.name()] = true
	}
	return details
}

func checkTool(n graph.Node, t agentTool, g graph.Graph, at string, seen map[string]bool) (details []fault.Detail) {
	wrong := func(field, code, format string, args ...any) {
		details = append(details, fault.Detail{Path: at + field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	field := ".node"
	switch {
	case t.forms() != 1:
		wrong("", invalid, "a tool is one of node, agent, builtin and mcp")
		return details
	case t.MCP != nil:
		return t.serverTools.check(at, seen)
	case len(t.Allow)+len(t.Idempotent) > 0:
		wrong("", invalid, "allow and idempotent belong to mcp")
	case t.Agent != "":
		field = ".agent"
	case t.Builtin != "":
		field = ".builtin"
	}
	if t.Builtin != "" {
		checkBuiltin(n, t, func(code, message string) { wrong(field, code, "%s", message) })
	} else {
		checkNodeTool(n, t, g, func(code, message string) { wrong(field, code, "%s", message) })
	}
	if seen[t.name()] {
		wrong(field, duplicateID, "the tool %q is there already", t.name())
	}
	return details
}

// forms is how many kinds of tool an entry claims to be.
func (t agentTool) forms() (n int) {
	for _, name := range []string{t.Node, t.Agent, t.Builtin} {
		if name != "" {
			n++
		}
	}
	if t.MCP != nil {
		n++
	}
	return n
}

func checkNodeTool(n graph.Node, t agentTool, g graph.Graph, wrong func(code, message string)) {
	called, ok := callable(g, t.id())
	switch {
	case !ok:
		wrong(unknownNode, fmt.Sprintf("%q is no callable node of the graph", t.id()))
	case t.Agent != "" && !talks(called.Kind):
		wrong(unknownNode, fmt.Sprintf("%q is a node of kind %s and no agent: offer it as a node", t.id(), called.Kind))
	case len(t.id()) > maxToolName:
		wrong(invalid, fmt.Sprintf("a tool's name has at most %d characters", maxToolName))
	case reaches(g, t.id(), n.ID, map[string]bool{}):
		wrong(selfReference, fmt.Sprintf("through %q the agent would call itself", t.id()))
	}
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
	switch {
	case talks(n.Kind):
		c, _ := decoded[agentConfig](n)
		for _, t := range c.Tools {
			ids = append(ids, t.id())
		}
	case n.Kind == Map{}.Name():
		c, _ := decoded[mapConfig](n)
		ids = append(ids, c.Node)
	}
	return ids
}
