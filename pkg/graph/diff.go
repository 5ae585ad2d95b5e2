package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Change is one difference between two definitions.
type Change struct {
	Part Part `json:"part"`
	// Name is the variable's, the node's id, or "a -> b" of an edge; empty for
	// what belongs to the graph as a whole.
	Name   string `json:"name" doc:"The variable, the id of the node, or \"a -> b\" of the edge; empty for the graph itself"`
	Change How    `json:"change"`
	// Path leads to what changed inside the part; empty when it is the part.
	Path   string          `json:"path" doc:"Where inside the part: config.http.url; empty when the whole part was added, removed or reordered"`
	Before json.RawMessage `json:"before,omitempty" doc:"What stood there; left out when there was nothing"`
	After  json.RawMessage `json:"after,omitempty" doc:"What stands there now; left out when there is nothing"`
}

// Part is a kind of thing that a graph consists of.
type Part string

const (
	GraphPart    Part = "graph"
	VariablePart Part = "variable"
	NodePart     Part = "node"
	EdgePart     Part = "edge"
)

// How says what happened to a part.
type How string

const (
	Added   How = "added"
	Removed How = "removed"
	Changed How = "changed"
	// Reordered nodes or edges are the same ones in another order, which
	// decides who starts first.
	Reordered How = "reordered"
)

// Diff says what turns one definition of a graph into another, in the order in
// which people read it: the graph, its variables, nodes, edges. It is empty for
// two definitions that say the same, and only for them. The name is no part of
// it: it never changes.
func Diff(before, after Graph) []Change {
	changes := []Change{}
	d := differ{add: func(c Change) { changes = append(changes, c) }}
	d.fields(GraphPart, "", header(before), header(after))
	d.parts(VariablePart, variables(before), variables(after))
	d.parts(NodePart, nodes(before), nodes(after))
	d.parts(EdgePart, edges(before), edges(after))
	return changes
}

// differ tells differences to add.
type differ struct{ add func(Change) }

// part is a named piece of a definition as the JSON tree that authors write.
type part struct {
	name string
	tree map[string]any
}

// header is what a graph says of itself.
func header(g Graph) map[string]any { return treeOf(Graph{Title: g.Title, Limits: g.Limits}) }

func variables(g Graph) (all []part) {
	for _, name := range slices.Sorted(maps.Keys(g.Variables)) {
		all = append(all, part{name, treeOf(g.Variables[name])})
	}
	return all
}

func nodes(g Graph) (all []part) {
	for _, n := range g.Nodes {
		all = append(all, part{n.ID, treeOf(n)})
	}
	return numbered(all)
}

func edges(g Graph) (all []part) {
	for _, e := range g.Edges {
		all = append(all, part{e.From + " -> " + e.To, treeOf(e)})
	}
	return numbered(all)
}

// numbered tells parts of one name apart: the second edge from a to b is
// "a -> b #2".
func numbered(all []part) []part {
	seen := map[string]int{}
	for i, p := range all {
		if seen[p.name]++; seen[p.name] > 1 {
			all[i].name = fmt.Sprintf("%s #%d", p.name, seen[p.name])
		}
	}
	return all
}

// parts compares what has the same name, and tells what is only on one side.
func (d differ) parts(kind Part, before, after []part) {
	was, is := byName(before), byName(after)
	for _, p := range before {
		if _, stays := is[p.name]; !stays {
			d.add(Change{Part: kind, Name: p.name, Change: Removed, Before: textOf(p.tree)})
		}
	}
	for _, p := range after {
		if old, known := was[p.name]; known {
			d.fields(kind, p.name, old, p.tree)
		} else {
			d.add(Change{Part: kind, Name: p.name, Change: Added, After: textOf(p.tree)})
		}
	}
	old, now := common(before, is), common(after, was)
	if !slices.Equal(old, now) {
		d.add(Change{Part: kind, Change: Reordered, Before: textOf(old), After: textOf(now)})
	}
}

func byName(all []part) map[string]map[string]any {
	m := map[string]map[string]any{}
	for _, p := range all {
		m[p.name] = p.tree
	}
	return m
}

// common are the names that the other side has too, in this side's order.
func common(all []part, other map[string]map[string]any) []string {
	names := []string{}
	for _, p := range all {
		if _, there := other[p.name]; there {
			names = append(names, p.name)
		}
	}
	return names
}

// fields compares two objects of one name.
func (d differ) fields(kind Part, name string, before, after map[string]any) {
	walk("", before, after, func(path string, was, is json.RawMessage) {
		d.add(Change{Part: kind, Name: name, Change: Changed, Path: path, Before: was, After: is})
	})
}
