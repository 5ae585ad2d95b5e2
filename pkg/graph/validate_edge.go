package graph

import "fmt"

func (v *validation) edge(i int, e Edge) {
	at := edgePath(i)
	from, fromKnown := v.endpoint(at+".from", e.From)
	to, toKnown := v.endpoint(at+".to", e.To)
	if fromKnown && from.Kind == EndKind {
		v.wrong(at+".from", invalid, "nothing follows an end")
	}
	if toKnown && to.Kind == StartKind {
		v.wrong(at+".to", invalid, "nothing leads to the start")
	}
	if fromKnown && e.From == e.To {
		v.wrong(at, SelfReference, "node %q leads to itself", e.From)
	}
	if e.When != "" && e.Else {
		v.wrong(at, invalid, "an edge has a condition or is the else of its siblings, not both")
	}
	if e.When != "" {
		v.expression(at+".when", e.When)
	}
}

func edgePath(i int) string { return fmt.Sprintf("edges[%d]", i) }

// endpoint finds the node that an edge names.
func (v *validation) endpoint(path, id string) (Node, bool) {
	i, known := v.nodes[id]
	if !known {
		v.wrong(path, UnknownNode, "node %q does not exist", shown(id))
		return Node{}, false
	}
	n := v.g.Nodes[i]
	if n.Callable {
		v.wrong(path, invalid, "node %q is callable: agents call it, no edge touches it", id)
	}
	return n, true
}
