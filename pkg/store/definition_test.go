package store

import (
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
)

func TestRememberedDefinitionsAreBounded(t *testing.T) {
	t.Parallel()
	var d definitions
	for i := range 2 * maxDefinitions {
		at := buildAt{workspace: uuid.New(), number: i}
		d.put(at, graph.NewPlan(graph.Graph{Name: "g"}))
		if _, ok := d.get(at); !ok {
			t.Fatalf("definition %d is forgotten at once", i)
		}
	}
	if len(d.kept) != maxDefinitions {
		t.Errorf("%d definitions are kept, want %d", len(d.kept), maxDefinitions)
	}
}
