package kinds

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = Condition{}

// Condition chooses the first of its branches whose condition is true. Its edges
// name the branch that they belong to; an else edge is followed when none was
// true. The output is {"branch": "name"}, or null in place of the name.
type Condition struct{}

type conditionConfig struct {
	Branches []branch `json:"branches"`
}

type branch struct {
	Name string `json:"name"`
	// When is bare CEL that must answer a bool.
	When string `json:"when"`
}

const maxBranches = 50

// Name is the one that the rule of the graph knows.
func (Condition) Name() string { return graph.ConditionKind }

// Check wants a name, a condition and an edge for every branch.
func (Condition) Check(n graph.Node, g graph.Graph) []fault.Detail {
	c, details := checked[conditionConfig](n)
	wrong := func(path, code, format string, args ...any) {
		details = append(details, fault.Detail{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if len(c.Branches) == 0 || len(c.Branches) > maxBranches {
		wrong("config.branches", invalid, "a condition has between 1 and %d branches", maxBranches)
		return details
	}
	var names []string
	for i, b := range c.Branches {
		at := fmt.Sprintf("config.branches[%d]", i)
		if b.Name == "" {
			wrong(at+".name", invalid, "a branch needs a name, which its edge repeats")
		}
		if slices.Contains(names, b.Name) {
			wrong(at+".name", duplicateID, "the branch %q is there already", b.Name)
		}
		names = append(names, b.Name)
		if problem := expr.Check(b.When); problem != nil {
			wrong(at+".when", graph.BadExpression, "%s", problem.Message)
		}
	}
	return append(details, branchesOf(n, g, names)...)
}

// branchesOf finds edges that name a branch that does not exist, and branches
// that no edge follows: a misspelt one would be both. They are told of here,
// because only this kind knows its branches; that nothing at all follows the
// node is for the graph to tell.
func branchesOf(n graph.Node, g graph.Graph, names []string) []fault.Detail {
	var details []fault.Detail
	followed := map[string]bool{}
	for _, e := range g.Edges {
		if e.From != n.ID {
			continue
		}
		followed[e.Branch] = true
		if e.Branch != "" && !slices.Contains(names, e.Branch) {
			details = append(details, fault.Detail{Path: "config.branches", Code: unknownNode, Message: fmt.Sprintf("the edge to %q follows the branch %.100q, which does not exist", e.To, e.Branch)})
		}
	}
	for i, name := range names {
		if len(followed) > 0 && name != "" && !followed[name] {
			details = append(details, fault.Detail{Path: fmt.Sprintf("config.branches[%d].name", i), Code: invalid, Message: fmt.Sprintf("no edge follows the branch %.100q: write one with branch: %s", name, name)})
		}
	}
	return details
}

// Traits let it run with its neighbours' records.
func (Condition) Traits(graph.Node) node.Traits { return pure }

// Run evaluates the branches in order.
func (Condition) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := remembered[conditionConfig](in)
	if err != nil {
		return nil, err
	}
	for i, b := range c.Branches {
		yes, err := expr.Bool(ctx, b.When, in.Scope)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, node.Permanent(run.ExpressionFailed, fmt.Sprintf("config.branches[%d].when: %s", i, err))
		case yes:
			return map[string]any{"branch": b.Name}, nil
		}
	}
	return map[string]any{"branch": nil}, nil
}
