package store

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
)

// Definition is the graph that a build froze, read once: builds never change, and
// outlive their graph. It is shared: nobody writes to it. Fault: NotFound.
func (t Tenant) Definition(ctx context.Context, graphID uuid.UUID, number int) (graph.Graph, error) {
	plan, err := t.plan(ctx, graphID, number)
	if err != nil {
		return graph.Graph{}, err
	}
	return plan.Graph, nil
}

// plan is a definition with the ways through it.
func (t Tenant) plan(ctx context.Context, graphID uuid.UUID, number int) (*graph.Plan, error) {
	at := buildAt{t.ws, graphID, number}
	if plan, ok := t.s.definitions.get(at); ok {
		return plan, nil
	}
	row, err := t.build(t.db(ctx), graphID, number)
	if err != nil {
		return nil, translate(err)
	}
	plan := graph.NewPlan(row.Definition.V)
	t.s.definitions.put(at, plan)
	return plan, nil
}

// buildAt names a build among all workspaces.
type buildAt struct {
	workspace uuid.UUID
	graph     uuid.UUID
	number    int
}

// definitions remembers builds. When there are too many, or they are too large
// together, any of them make room: what is in use comes back with its next run.
type definitions struct {
	mu   sync.Mutex
	kept map[buildAt]definition
	size int // of all that are kept, in bytes
}

type definition struct {
	plan *graph.Plan
	size int
}

const (
	maxDefinitions    = 1000
	maxDefinitionSize = 128 << 20 // somebody's large graphs shall not take the memory of all
)

func (d *definitions) get(at buildAt) (*graph.Plan, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.kept[at]
	return kept.plan, ok
}

func (d *definitions) put(at buildAt, plan *graph.Plan) {
	size := plan.Size()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[buildAt]definition{}
	}
	d.forget(at) // two may have read it at once
	for other := range d.kept {
		if len(d.kept) < maxDefinitions && d.size+size <= maxDefinitionSize {
			break
		}
		d.forget(other)
	}
	d.kept[at] = definition{plan, size}
	d.size += size
}

func (d *definitions) forget(at buildAt) {
	d.size -= d.kept[at].size
	delete(d.kept, at)
}
