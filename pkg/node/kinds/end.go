package kinds

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = End{}

// End is where a run ends. The members of result become session variables, so
// that they are in the run's response; an end with status "failed" fails the
// run instead.
type End struct{}

type endConfig struct {
	Result map[string]json.RawMessage `json:"result"`
	Status string                     `json:"status"`
	Error  string                     `json:"error"`
}

func (End) Name() string { return graph.EndKind }

func (End) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[endConfig](n)
	details = append(details, checkVariables("config.result", c.Result)...)
	switch c.Status {
	case "", "completed":
		if c.Error != "" {
			details = append(details, fault.Detail{Path: "config.error", Code: invalid, Message: `an error needs "status": "failed"`})
		}
	case "failed":
		if len(c.Result) > 0 {
			details = append(details, fault.Detail{Path: "config.result", Code: invalid, Message: "a failed end has an error and no result"})
		}
	default:
		details = append(details, fault.Detail{Path: "config.status", Code: invalid, Message: "status is completed or failed"})
	}
	return details
}

func (End) Traits(graph.Node) node.Traits { return sets }

func (End) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := remembered[endConfig](in)
	if err != nil {
		return nil, err
	}
	if c.Status != "failed" {
		return inside(in).object(ctx, "config.result", c.Result)
	}
	message, err := inside(in).text(ctx, "config.error", c.Error, expr.Verbatim)
	if err != nil {
		return nil, err
	}
	return nil, node.Permanent(run.NodeFailed, cmp.Or(message, "the graph ended as failed"))
}
