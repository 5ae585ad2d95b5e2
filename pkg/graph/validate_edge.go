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
	if fromKnown && e.From == e.To && !e.Loop {
		v.wrong(at, SelfReference, "node %q leads to itself; a loop edge may", e.From)
	}
	if fromKnown {
		v.condition(at, e, from)
	}
	switch e.On {
	case "", OnSuccess, OnError, OnDeadline:
	default:
		v.wrong(at+".on", invalid, "an edge is for %q, %q or %q", OnSuccess, OnError, OnDeadline)
	}
	if e.Before != 0 && e.On != OnDeadline {
		v.wrong(at+".before", invalid, "only an edge for %q says how long before", OnDeadline)
	}
	v.duration(at+".before", e.Before, maxTimeout)
	if fromKnown && toKnown {
		v.loop(at, e)
	}
}

// condition checks when an edge is taken.
func (v *validation) condition(at string, e Edge, from Node) {
	conditions := 0
	for _, given := range []bool{e.When != "", e.Branch != "", e.Else} {
		if given {
			conditions++
		}
	}
	if conditions > 1 {
		v.wrong(at, invalid, "an edge has a condition, or names a branch, or is the else of its siblings")
	}
	if e.When != "" {
		v.expression(at+".when", e.When)
	}
	if e.Branch != "" && from.Kind != ConditionKind {
		v.wrong(at+".branch", invalid, "only a node of kind %s has branches; write a condition with when", ConditionKind)
	}
}

// loop checks that an edge that goes round leads back, and no other has a bound.
func (v *validation) loop(at string, e Edge) {
	switch {
	case !e.Loop && e.Max != 0:
		v.wrong(at+".max", invalid, "only a loop edge has a bound")
	case !e.Loop:
	case e.Max < 0 || e.Max > MaxLaps:
		v.wrong(at+".max", invalid, "a loop goes round between 1 and %d times", MaxLaps)
	case e.End() != OnSuccess:
		v.wrong(at+".loop", invalid, "a loop edge is for success only: try a node that failed again with retry")
	case !v.g.between(e.To, e.From)[e.From]:
		v.wrong(at+".loop", invalid, "a loop edge leads back: no way leads from %q to %q", e.To, e.From)
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
