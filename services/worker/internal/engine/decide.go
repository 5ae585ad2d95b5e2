package engine

import (
	"context"
	"fmt"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
)

// decide says where a run goes behind a node that succeeded: round again when a
// loop edge is taken, else along every edge whose condition is true or that has
// none, and along the else edges when no condition was true.
func (x *Executor) decide(ctx context.Context, id string, scope expr.Scope) (map[int]bool, *run.Lap, *run.Failure) {
	edges, full := map[int]bool{}, false
	for _, i := range x.Plan.Out[id] {
		if !x.Plan.Graph.Edges[i].Loop {
			continue
		}
		again, failure := x.holds(ctx, i, scope)
		switch {
		case failure != nil:
			return nil, nil, failure
		case again && x.laps(i) < x.Plan.Graph.Edges[i].Laps():
			l := x.Plan.Loops[i]
			return nil, &run.Lap{Loop: i, Nodes: l.Nodes, Edges: l.Edges, Within: l.Within}, nil
		}
		edges[i], full = false, full || again
	}
	failure := x.follow(ctx, id, graph.OnSuccess, scope, edges)
	if failure == nil && full && !onward(edges) {
		failure = &run.Failure{Code: run.LimitExceeded, Message: fmt.Sprintf("the loop behind %s went round as often as it may, and no other edge leads on", id)}
	}
	return edges, nil, failure
}

// caught says which edges lead on from a node that failed; none when the run has
// to end.
func (x *Executor) caught(ctx context.Context, a *activity, f run.Failure) (map[int]bool, *run.Failure) {
	scope := x.scope(a)
	scope["output"] = f.Output()
	for _, end := range x.endsFor(a, f) {
		edges := map[int]bool{}
		if failure := x.follow(context.WithoutCancel(ctx), a.node.ID, end, scope, edges); failure != nil {
			return nil, failure
		}
		if onward(edges) {
			return edges, nil
		}
	}
	return nil, nil
}

// follow decides the edges behind one end of a node; those behind its other ends
// are not taken.
func (x *Executor) follow(ctx context.Context, id, end string, scope expr.Scope, edges map[int]bool) *run.Failure {
	var otherwise []int
	matched := false
	for _, i := range x.Plan.Out[id] {
		switch e := x.Plan.Graph.Edges[i]; {
		case e.End() != end, e.Loop:
			edges[i] = false
		case e.Else:
			otherwise = append(otherwise, i)
		default:
			yes, failure := x.holds(ctx, i, scope)
			if failure != nil {
				return failure
			}
			edges[i] = yes
			matched = matched || yes && e.Conditional()
		}
	}
	for _, i := range otherwise {
		edges[i] = !matched
	}
	return nil
}

// holds says whether an edge's own condition is true.
func (x *Executor) holds(ctx context.Context, i int, scope expr.Scope) (bool, *run.Failure) {
	e := x.Plan.Graph.Edges[i]
	switch {
	case e.Branch != "":
		output, _ := scope["output"].(map[string]any)
		return output["branch"] == e.Branch, nil
	case e.When == "":
		return true, nil
	}
	yes, err := expr.Bool(ctx, e.When, scope)
	if err != nil {
		return false, &run.Failure{Code: run.ExpressionFailed, Message: fmt.Sprintf("edges[%d].when: %s", i, err)}
	}
	return yes, nil
}

func (x *Executor) laps(loop int) int {
	return ask(x.Journal, func(s *run.State) int { return s.Laps[loop] })
}

// onward says whether a run goes on along one of the edges.
func onward(edges map[int]bool) bool {
	for _, taken := range edges {
		if taken {
			return true
		}
	}
	return false
}
