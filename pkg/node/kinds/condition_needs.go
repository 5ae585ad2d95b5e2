package kinds

import (
	"fmt"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Needy = Condition{}

// Needs are what the conditions of the branches name.
func (Condition) Needs(n graph.Node) (needs []node.Need) {
	c, err := decoded[conditionConfig](n)
	if err != nil {
		return nil // a build holds only what was checked
	}
	for i, b := range c.Branches {
		needs = append(needs, node.Expression(fmt.Sprintf("config.branches[%d].when", i), b.When)...)
	}
	return needs
}
