package graph

import (
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// The codes of what may be wrong with a graph, beside fault.CodeInvalid and
// fault.UnknownField.
const (
	NoStart          = "no_start"
	TwoStarts        = "two_starts"
	UnknownKind      = "unknown_kind"
	UnknownNode      = "unknown_node"
	DuplicateID      = "duplicate_id"
	Unreachable      = "unreachable"
	NoEndReachable   = "no_end_reachable"
	CycleWithoutLoop = "cycle_without_loop"
	BadExpression    = "bad_expression"
	BadSchema        = "bad_schema"
	TooManyNodes     = "too_many_nodes"
	SelfReference    = "self_reference"

	invalid = string(fault.CodeInvalid)
)

// The sizes that a graph may have.
const (
	MaxNodes     = 200
	MaxEdges     = 2000
	MaxVariables = 1000
	MaxLoops     = 50
	MaxLaps      = 1000
)

// Kinds knows what each kind of node demands of its config. Paths of the
// details begin behind the node ("config.http.url").
type Kinds interface {
	Check(n Node, g Graph) (known bool, details []fault.Detail)
	// Names lists the kinds, in the order in which people are told of them.
	Names() []string
}

// Validate says everything that is wrong with a graph, each thing with the path
// that leads to it. A graph that is too large is not looked at further.
func Validate(g Graph, kinds Kinds) []fault.Detail {
	v := validation{g: g, kinds: kinds, nodes: map[string]int{}}
	if len(g.Nodes) > MaxNodes {
		v.wrong("nodes", TooManyNodes, "a graph has %d nodes at most, this one has %d", MaxNodes, len(g.Nodes))
	}
	if len(g.Edges) > MaxEdges {
		v.wrong("edges", invalid, "a graph has %d edges at most, this one has %d", MaxEdges, len(g.Edges))
	}
	if len(g.Variables) > MaxVariables {
		v.wrong("variables", invalid, "a graph has %d variables at most, this one has %d", MaxVariables, len(g.Variables))
	}
	if n := loopEdges(g); n > MaxLoops {
		v.wrong("edges", invalid, "a graph has %d loop edges at most, this one has %d", MaxLoops, n)
	}
	if len(v.details) > 0 {
		return v.details
	}
	v.header()
	for i, n := range g.Nodes {
		v.node(i, n)
	}
	for i, e := range g.Edges {
		v.edge(i, e)
	}
	v.shape()
	return v.details
}

// validation is one call of Validate.
type validation struct {
	g       Graph
	kinds   Kinds
	nodes   map[string]int // by id, the first of each
	details []fault.Detail
}

func (v *validation) wrong(path, code, format string, args ...any) {
	v.details = append(v.details, fault.Detail{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// under adds details whose paths begin inside parent.
func (v *validation) under(parent string, details []fault.Detail) {
	for _, d := range details {
		d.Path = strictjson.Under(parent, d.Path)
		v.details = append(v.details, d)
	}
}
