package native

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// circles says which nodes lead back to their own graph through the drafts of
// others. A graph that starts itself is told by its kind; what builds do whose
// drafts have changed since, the depth limit of runs ends.
func (n Native) circles(ctx context.Context, c *api.Call, g graph.Graph) (wrong []fault.Detail, err error) {
	if g.Name == "" {
		return nil, nil
	}
	w := wanderer{n: n, c: c, home: g.Name, seen: map[string]bool{}}
	for _, at := range g.Nodes {
		callee := n.Kinds.Calls(at)
		if callee == "" || callee == g.Name {
			continue
		}
		way, err := w.way(ctx, callee)
		if err != nil {
			return nil, err
		}
		if len(way) > 0 {
			wrong = append(wrong, fault.Detail{
				Path: "nodes." + at.ID, Code: graph.SelfReference,
				Message: fmt.Sprintf("graph %q would start itself, by way of %s", g.Name, strings.Join(way, ", ")),
			})
		}
	}
	return wrong, nil
}

// wanderer looks for a way home from graph to graph.
type wanderer struct {
	n    Native
	c    *api.Call
	home string
	seen map[string]bool // from where no way leads home, as far as is known
}

// way is the way from a graph to home, its own name first; empty when there is
// none, or the graph is not there yet.
func (w wanderer) way(ctx context.Context, name string) ([]string, error) {
	if w.seen[name] {
		return nil, nil
	}
	w.seen[name] = true
	g, err := w.c.Store.Graph(ctx, name)
	if errors.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, at := range g.Definition.Nodes {
		callee := w.n.Kinds.Calls(at)
		if callee == w.home {
			return []string{name}, nil
		}
		if callee == "" {
			continue
		}
		if way, err := w.way(ctx, callee); err != nil || len(way) > 0 {
			return append([]string{name}, way...), err
		}
	}
	return nil, nil
}
