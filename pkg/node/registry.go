package node

import (
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
)

// Registry finds a kind by its name.
type Registry map[string]Kind

// NewRegistry indexes kinds. Two of one name are a mistake in this repository.
func NewRegistry(kinds ...Kind) Registry {
	r := Registry{}
	for _, k := range kinds {
		if _, taken := r[k.Name()]; taken {
			panic(fmt.Sprintf("node: two kinds are named %q", k.Name()))
		}
		r[k.Name()] = k
	}
	return r
}

// Check is what graph.Validate asks of each node's kind.
func (r Registry) Check(n graph.Node, g graph.Graph) (known bool, details []fault.Detail) {
	k, ok := r[n.Kind]
	if !ok {
		return false, nil
	}
	return true, k.Check(n, g)
}

// Names lists the kinds for people, by the alphabet.
func (r Registry) Names() []string { return slices.Sorted(maps.Keys(r)) }
