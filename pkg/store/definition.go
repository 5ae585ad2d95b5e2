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
	at := buildAt{t.ws, graphID, number}
	if g, ok := t.s.definitions.get(at); ok {
		return g, nil
	}
	row, err := t.build(t.db(ctx), graphID, number)
	if err != nil {
		return graph.Graph{}, translate(err)
	}
	t.s.definitions.put(at, row.Definition.V)
	return row.Definition.V, nil
}

// buildAt names a build among all workspaces.
type buildAt struct {
	workspace uuid.UUID
	graph     uuid.UUID
	number    int
}

// definitions remembers builds. When it is full, any one makes room: what is in
// use comes back with its next run.
type definitions struct {
	mu   sync.Mutex
	kept map[buildAt]graph.Graph
}

const maxDefinitions = 1000

func (d *definitions) get(at buildAt) (graph.Graph, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, ok := d.kept[at]
	return g, ok
}

func (d *definitions) put(at buildAt, g graph.Graph) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[buildAt]graph.Graph{}
	}
	for other := range d.kept {
		if len(d.kept) < maxDefinitions {
			break
		}
		delete(d.kept, other)
	}
	d.kept[at] = g
}
