package kinds

import (
	"context"
	"encoding/json"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = Transform{}

// Transform computes session variables from templates. Its output is the
// object of what it set.
type Transform struct{}

type transformConfig struct {
	Set map[string]json.RawMessage `json:"set"`
}

func (Transform) Name() string { return "transform" }

func (Transform) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[transformConfig](n)
	return append(details, checkVariables("config.set", c.Set)...)
}

func (Transform) Traits(graph.Node) node.Traits { return sets }

func (Transform) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := remembered[transformConfig](in)
	if err != nil {
		return nil, err
	}
	return inside(in).object(ctx, "config.set", c.Set)
}
