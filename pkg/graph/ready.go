package graph

// Progress is what has happened to a graph so far.
type Progress struct {
	// Begun holds the nodes that were started in their present lap.
	Begun map[string]bool
	// Edges holds what was decided in the present lap, by index: true is
	// taken. An edge that is not in it waits for the node it leads from.
	Edges map[int]bool
}

// Ready is the whole rule: the nodes that may start now, in the order of the
// document. The start node needs nothing. Any other node needs a taken edge;
// join "all" also waits until every incoming edge is settled. An edge is
// settled when it was decided or when the node it leads from can never run, so
// that a join never waits for a branch that died (dead-path elimination). An
// edge out of a loop that was decided against is settled only when the loop is
// over: another lap may decide otherwise.
func (p *Plan) Ready(s Progress) []string {
	dead := p.dead(s)
	var ready []string
	for i := range p.Graph.Nodes {
		n := &p.Graph.Nodes[i] // a node is wide, and this is asked after every step
		if n.Callable || s.Begun[n.ID] || dead[n.ID] {
			continue
		}
		if n.ID == p.Start || p.joined(n, s, dead) {
			ready = append(ready, n.ID)
		}
	}
	return ready
}

func (p *Plan) joined(n *Node, s Progress, dead map[string]bool) bool {
	taken, open := 0, 0
	for _, e := range p.In[n.ID] {
		switch {
		case s.Edges[e]:
			taken++
		case !p.against(e, s, dead):
			open++
		}
	}
	if n.Join == JoinAny {
		return taken > 0
	}
	return taken > 0 && open == 0
}

// Skipped are the nodes that can never run, in the order of the document.
func (p *Plan) Skipped(s Progress) []Node {
	dead := p.dead(s)
	var skipped []Node
	for _, n := range p.Graph.Nodes {
		if dead[n.ID] {
			skipped = append(skipped, n)
		}
	}
	return skipped
}

// dead finds the nodes that can never run: every way into them was decided
// against or leads from a dead node. Edges are visited until nothing changes;
// the graph has no cycles, so that ends.
func (p *Plan) dead(s Progress) map[string]bool {
	var dead map[string]bool // most ways through a graph have none
	for changed := true; changed; {
		changed = false
		for i := range p.Graph.Nodes {
			n := &p.Graph.Nodes[i]
			if dead[n.ID] || n.Callable || n.ID == p.Start || s.Begun[n.ID] || !p.cutOff(n, s, dead) {
				continue
			}
			if dead == nil {
				dead = map[string]bool{}
			}
			dead[n.ID], changed = true, true
		}
	}
	return dead
}

func (p *Plan) cutOff(n *Node, s Progress, dead map[string]bool) bool {
	for _, e := range p.In[n.ID] {
		if !p.against(e, s, dead) {
			return false
		}
	}
	return true
}

// against says that an edge is not taken and never will be.
func (p *Plan) against(e int, s Progress, dead map[string]bool) bool {
	taken, decided := s.Edges[e]
	if taken || !decided && !dead[p.Graph.Edges[e].From] {
		return false
	}
	for _, loop := range p.leaving[e] {
		if _, over := s.Edges[loop]; !over && !dead[p.Graph.Edges[loop].From] {
			return false
		}
	}
	return true
}
