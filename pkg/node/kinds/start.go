package kinds

import (
	"context"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = Start{}

// Start is where a run begins. It has no config and an empty output: what the
// run was started with is in message and vars.
type Start struct{}

func (Start) Name() string { return graph.StartKind }

func (Start) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	_, details := checked[struct{}](n)
	return details
}

func (Start) Traits(graph.Node) node.Traits { return pure }

func (Start) Run(context.Context, *node.Input) (any, error) { return map[string]any{}, nil }
