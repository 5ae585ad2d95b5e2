package native

import (
	"context"
	"errors"
	"maps"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// paths are the ways through a run's graph, as far as its records have decided
// them. Nothing is read before an edge is not taken: most runs skip nothing.
type paths struct {
	plan  *graph.Plan
	edges map[int]bool
	// dead are the nodes that are known to be skipped.
	dead map[string]bool
}

func (p paths) clone() paths {
	return paths{p.plan, maps.Clone(p.edges), maps.Clone(p.dead)}
}

// follow takes one more record, and gives the nodes that can never run because
// of it, in the order of the graph.
func (p *paths) follow(ctx context.Context, c *api.Call, r run.Run, record run.Record) (skipped []graph.Node, err error) {
	if record.Type != run.StepCompleted && record.Type != run.StepFailed || record.Call != "" {
		return nil, nil
	}
	var decided map[int]bool
	var lap run.Lap
	// A failure decides edges under the same name, and begins no lap.
	err = told(record, func(c run.Completed) {
		decided = c.Edges
		if c.Lap != nil {
			lap = *c.Lap
		}
	})
	if err != nil {
		return nil, err
	}
	if p.plan == nil {
		if !closes(decided) {
			return nil, nil
		}
		if err := p.read(ctx, c, r, record.Seq); err != nil {
			return nil, err
		}
	}
	maps.Copy(p.edges, decided)
	lap.Reopen(p.edges)
	for _, id := range lap.Nodes {
		delete(p.dead, id)
	}
	for _, n := range p.plan.Skipped(graph.Progress{Edges: p.edges}) {
		if !p.dead[n.ID] {
			p.dead[n.ID] = true
			skipped = append(skipped, n)
		}
	}
	return skipped, nil
}

func closes(decided map[int]bool) bool {
	for _, taken := range decided {
		if !taken {
			return true
		}
	}
	return false
}

// read finds out what was decided before a record. Of a build that is no more
// nothing is known, and nothing is said.
func (p *paths) read(ctx context.Context, c *api.Call, r run.Run, before int) error {
	g, err := c.Store.Definition(ctx, r.GraphID, r.Build)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	edges, err := c.Store.Decided(ctx, r.ID, before)
	if err != nil {
		return err
	}
	p.plan, p.edges, p.dead = graph.NewPlan(g), edges, map[string]bool{}
	for _, n := range p.plan.Skipped(graph.Progress{Edges: edges}) {
		p.dead[n.ID] = true
	}
	return nil
}
