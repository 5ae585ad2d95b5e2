package kinds

import (
	"fmt"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Needy = Agent{}

// Needs are the models that the agent asks.
func (Agent) Needs(n graph.Node) []node.Need {
	c, err := decoded[agentConfig](n)
	if err != nil {
		return nil // a build holds only what was checked
	}
	needs := node.Model("config.model", c.Model)
	for i, ref := range c.Fallbacks {
		needs = append(needs, node.Model(fmt.Sprintf("config.fallbacks[%d]", i), ref)...)
	}
	return needs
}
