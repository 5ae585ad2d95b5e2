package kinds

import (
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Needy = Agent{}

// Needs is the model that the agent asks.
func (Agent) Needs(n graph.Node) []node.Need {
	c, err := decoded[agentConfig](n)
	if err != nil {
		return nil // a build holds only what was checked
	}
	return node.Model("config.model", c.Model)
}
