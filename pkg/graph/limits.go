package graph

import "cmp"

// Limits bound what one run of a graph may use, however its models, loops and
// maps behave. A node that would pass one fails with limit_exceeded, which an
// edge for errors may catch. What is zero has the default.
type Limits struct {
	ModelCalls int `json:"model_calls,omitempty" doc:"How many questions to models a run may ask; 500 when it is left out"`
	ToolCalls  int `json:"tool_calls,omitempty" doc:"How many calls agents and maps may make; 10000 when it is left out"`
	Tokens     int `json:"tokens,omitempty" doc:"How many tokens its models may read and write together; 5000000 when it is left out"`
}

// The limits of a graph that sets none, and what an author may ask for.
var (
	defaultLimits = Limits{ModelCalls: 500, ToolCalls: 10_000, Tokens: 5_000_000}
	mostLimits    = Limits{ModelCalls: 10_000, ToolCalls: 100_000, Tokens: 1_000_000_000}
)

// Limit is what a run of the graph may use.
func (g Graph) Limit() Limits {
	l := Limits{}
	if g.Limits != nil {
		l = *g.Limits
	}
	return Limits{
		ModelCalls: cmp.Or(l.ModelCalls, defaultLimits.ModelCalls),
		ToolCalls:  cmp.Or(l.ToolCalls, defaultLimits.ToolCalls),
		Tokens:     cmp.Or(l.Tokens, defaultLimits.Tokens),
	}
}
