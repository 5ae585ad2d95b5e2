package graph

import "slices"

// Loop is what a loop edge goes round: every node that lies on a way from the
// edge's target to its source, and all edges that leave those nodes. A new lap
// starts the nodes again and decides the edges again, and the loops within begin
// to count anew. What is outside runs once.
type Loop struct {
	Nodes  []string
	Edges  []int
	Within []int
}

// loops finds what each loop edge goes round, and for each other edge the loops
// that it leaves before they are over.
func loops(g Graph) (all map[int]Loop, leaving map[int][]int) {
	all, leaving = map[int]Loop{}, map[int][]int{}
	for i, back := range g.Edges {
		if !back.Loop {
			continue
		}
		body := g.between(back.To, back.From)
		var l Loop
		for _, n := range g.Nodes {
			if body[n.ID] {
				l.Nodes = append(l.Nodes, n.ID)
			}
		}
		for j, e := range g.Edges {
			if !body[e.From] {
				continue
			}
			l.Edges = append(l.Edges, j)
			if !body[e.To] && e.From != back.From {
				leaving[j] = append(leaving[j], i)
			}
		}
		all[i] = l
	}
	for i, outer := range all {
		for _, j := range outer.Edges {
			if inner, loop := all[j]; loop && len(inner.Nodes) < len(outer.Nodes) && contains(outer.Nodes, inner.Nodes) {
				outer.Within = append(outer.Within, j)
			}
		}
		all[i] = outer
	}
	return all, leaving
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(id string) bool { return !slices.Contains(all, id) })
}

// between are the nodes on the ways from one node to another, both included,
// without going through loop edges. It is empty when no way leads there.
func (g Graph) between(from, to string) map[string]bool {
	forth, back := map[string][]string{}, map[string][]string{}
	for _, e := range g.Edges {
		if !e.Loop {
			forth[e.From] = append(forth[e.From], e.To)
			back[e.To] = append(back[e.To], e.From)
		}
	}
	after, before := reached(from, forth), reached(to, back)
	both := map[string]bool{}
	for id := range after {
		if before[id] {
			both[id] = true
		}
	}
	return both
}

func reached(from string, next map[string][]string) map[string]bool {
	seen := map[string]bool{}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if !seen[queue[0]] {
			seen[queue[0]] = true
			queue = append(queue, next[queue[0]]...)
		}
	}
	return seen
}

func loopEdges(g Graph) (n int) {
	for _, e := range g.Edges {
		if e.Loop {
			n++
		}
	}
	return n
}
