package kinds

import (
	"cmp"
	"context"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = Fail{}

// Fail fails the run with a message of the author's.
type Fail struct{}

type failConfig struct {
	Error string `json:"error"`
}

func (Fail) Name() string { return "fail" }

func (Fail) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	_, details := checked[failConfig](n)
	return details
}

func (Fail) Traits(graph.Node) node.Traits { return pure }

func (Fail) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[failConfig](in.Node)
	if err != nil {
		return nil, err
	}
	message, err := inside(in).text(ctx, "config.error", c.Error, expr.Verbatim)
	if err != nil {
		return nil, err
	}
	return nil, node.Permanent(run.NodeFailed, cmp.Or(message, "the graph failed on purpose"))
}
