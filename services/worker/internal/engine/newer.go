package engine

import (
	"fmt"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

// newer is the error of an attempt at a graph with a node of a kind that this
// worker does not know. While a fleet is upgraded that is a graph of newer
// gateways, and newer workers know it: the run is left to them, and ends by its
// deadline when there never are any.
type newer struct{ kind string }

func (n *newer) Error() string {
	return fmt.Sprintf("nodes of kind %s are unknown to this worker", n.kind)
}

// knows says whether every kind of a graph is known.
func knows(kinds node.Registry, g graph.Graph) error {
	for _, n := range g.Nodes {
		if _, ok := kinds[n.Kind]; !ok {
			return &newer{n.Kind}
		}
	}
	return nil
}
