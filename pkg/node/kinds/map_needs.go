package kinds

import (
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Needy = Map{}

// Needs are what the expression of the list names.
func (Map) Needs(n graph.Node) []node.Need {
	c, err := decoded[mapConfig](n)
	if err != nil {
		return nil // a build holds only what was checked
	}
	return node.Expression("config.over", c.Over)
}
