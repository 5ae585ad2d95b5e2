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
	return true, append(k.Check(n, g), underived(n, k)...)
}

// underived are the captures that nobody would fill.
func underived(n graph.Node, k Kind) (details []fault.Detail) {
	for _, name := range slices.Sorted(maps.Keys(n.Capture)) {
		if n.Capture[name].Describe != "" && !k.Traits(n).Derives {
			details = append(details, fault.Detail{
				Path: "capture." + name + ".describe", Code: string(fault.CodeInvalid),
				Message: fmt.Sprintf("a node of kind %s derives nothing: only agents do", n.Kind),
			})
		}
	}
	return details
}

// Calls is the graph that a node starts; empty when it starts none.
func (r Registry) Calls(n graph.Node) string {
	if k, ok := r[n.Kind].(Caller); ok {
		return k.Calls(n)
	}
	return ""
}

// Names lists the kinds for people, by the alphabet.
func (r Registry) Names() []string { return slices.Sorted(maps.Keys(r)) }
