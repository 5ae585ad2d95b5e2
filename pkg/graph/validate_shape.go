package graph

// shape checks what can be seen only from all nodes and edges together: one way
// in, a way out from everywhere, and no way round.
func (v *validation) shape() {
	out, in := v.neighbours()
	starts, ends := v.ofKind(StartKind), v.ofKind(EndKind)
	switch {
	case len(starts) == 0:
		v.wrong("nodes", NoStart, "a graph begins at a node of kind %s", StartKind)
	case len(starts) > 1:
		for _, i := range starts[1:] {
			v.wrong(nodePath(i), TwoStarts, "node %q is another start", shown(v.g.Nodes[i].ID))
		}
	}
	if len(ends) == 0 {
		v.wrong("nodes", NoEndReachable, "a graph ends at a node of kind %s", EndKind)
	}
	reached, finishing := reach(starts, out), reach(ends, in)
	for i, n := range v.g.Nodes {
		if n.Callable || v.nodes[n.ID] != i {
			continue
		}
		if len(starts) > 0 && !reached[i] {
			v.wrong(nodePath(i), Unreachable, "nothing leads to node %q", shown(n.ID))
		}
		if len(ends) > 0 && !finishing[i] {
			v.wrong(nodePath(i), NoEndReachable, "no way leads from node %q to an end", shown(n.ID))
		}
	}
	for _, i := range v.closing() {
		e := v.g.Edges[i]
		v.wrong(edgePath(i), CycleWithoutLoop, "the way from %q to %q leads back to where it came from: make it a loop edge", e.From, e.To)
	}
}

func (v *validation) ofKind(kind string) []int {
	var found []int
	for i, n := range v.g.Nodes {
		if n.Kind == kind {
			found = append(found, i)
		}
	}
	return found
}

// neighbours are the nodes behind and before each node.
func (v *validation) neighbours() (out, in map[int][]int) {
	out, in = map[int][]int{}, map[int][]int{}
	for _, e := range v.g.Edges {
		from, fromKnown := v.nodes[e.From]
		to, toKnown := v.nodes[e.To]
		if fromKnown && toKnown {
			out[from] = append(out[from], to)
			in[to] = append(in[to], from)
		}
	}
	return out, in
}

// reach is every node that can be reached from some.
func reach(from []int, next map[int][]int) map[int]bool {
	reached := map[int]bool{}
	for queue := from; len(queue) > 0; {
		i := queue[0]
		queue = queue[1:]
		if !reached[i] {
			reached[i] = true
			queue = append(queue, next[i]...)
		}
	}
	return reached
}

// closing are the edges that close a cycle when the graph is walked in document
// order and loop edges are not followed. Edges from a node to itself are left
// out: they have their own code.
func (v *validation) closing() []int {
	edges := map[string][]int{}
	for i, e := range v.g.Edges {
		if e.From != e.To && !e.Loop {
			edges[e.From] = append(edges[e.From], i)
		}
	}
	var closing []int
	const onTheWay, done = 1, 2
	state := map[string]int{}
	var walk func(id string)
	walk = func(id string) {
		state[id] = onTheWay
		for _, i := range edges[id] {
			switch to := v.g.Edges[i].To; state[to] {
			case onTheWay:
				closing = append(closing, i)
			case done:
			default:
				walk(to)
			}
		}
		state[id] = done
	}
	for _, n := range v.g.Nodes {
		if state[n.ID] == 0 {
			walk(n.ID)
		}
	}
	return closing
}
