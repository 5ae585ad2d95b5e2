package graph

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Plan is a valid graph with the ways through it found once.
type Plan struct {
	Graph Graph
	Start string
	// In and Out hold the indexes of a node's edges, in document order. Loop
	// edges are only in Out: they make nothing ready, they begin a lap.
	In, Out map[string][]int
	// Loops are what each loop edge goes round, by the edge's index.
	Loops map[int]Loop

	nodes map[string]int
	memos []Memo // by the index of a node
	// leaving are the loops that an edge leads out of, from anywhere but the
	// node that closes the loop.
	leaving map[int][]int
}

// NewPlan indexes a graph that Validate has passed.
func NewPlan(g Graph) *Plan {
	p := &Plan{Graph: g, In: map[string][]int{}, Out: map[string][]int{}, nodes: map[string]int{}, memos: make([]Memo, len(g.Nodes))}
	for i, n := range g.Nodes {
		p.nodes[n.ID] = i
		if n.Kind == StartKind {
			p.Start = n.ID
		}
	}
	for i, e := range g.Edges {
		p.Out[e.From] = append(p.Out[e.From], i)
		if !e.Loop {
			p.In[e.To] = append(p.In[e.To], i)
		}
	}
	p.Loops, p.leaving = loops(g)
	return p
}

// Size is about how many bytes the plan holds in memory. A graph as it was read
// takes some four times its text, and loops within loops as much again for each
// edge that lies in them.
func (p *Plan) Size() int {
	text, _ := json.Marshal(p.Graph) // it was read from JSON
	size := 4 * len(text)
	for _, l := range p.Loops {
		size += 16*len(l.Nodes) + 8*len(l.Edges) + 8*len(l.Within)
	}
	for _, l := range p.leaving {
		size += 8 * len(l)
	}
	return size
}

// The kinds that the rule of the graph itself knows.
const (
	StartKind     = "start"
	EndKind       = "end"
	ConditionKind = "condition"
)

// Node finds a node by its id.
func (p *Plan) Node(id string) (Node, bool) {
	i, ok := p.nodes[id]
	if !ok {
		return Node{}, false
	}
	return p.Graph.Nodes[i], true
}

// Memo is what is remembered of a node; nil of one that the graph has not.
func (p *Plan) Memo(id string) *Memo {
	i, ok := p.nodes[id]
	if !ok {
		return nil
	}
	return &p.memos[i]
}

// Behind are the nodes that may run because of a node: itself, and all to which
// its edges lead, round loops too.
func (p *Plan) Behind(id string) map[string]bool {
	next := map[string][]string{}
	for _, e := range p.Graph.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	return reached(id, next)
}

// Asks says whether a condition decides on an edge behind a node.
func (p *Plan) Asks(id string) bool {
	return slices.ContainsFunc(p.Out[id], func(e int) bool { return p.Graph.Edges[e].Conditional() })
}

// Before is how long before the end of the run a node is stopped, so that the
// run can go on along its edges for the deadline; ok is false when it has none.
func (p *Plan) Before(id string) (d time.Duration, ok bool) {
	for _, i := range p.Out[id] {
		if e := p.Graph.Edges[i]; e.End() == OnDeadline {
			d, ok = max(d, time.Duration(cmp.Or(e.Before, DefaultBefore))), true
		}
	}
	return d, ok
}
