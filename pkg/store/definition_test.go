package store

import (
	"encoding/json"
	"strings"
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

// However large they are, what is kept of them fits into the memory of a worker.
func TestRememberedDefinitionsAreBoundedInSize(t *testing.T) {
	t.Parallel()
	var d definitions
	large := graph.NewPlan(graph.Graph{Name: "g", Nodes: []graph.Node{{ID: "n", Config: json.RawMessage(`"` + strings.Repeat("x", 4<<20) + `"`)}}})
	size := large.Size()
	if size < 4<<20 {
		t.Fatalf("four megabytes count as %d bytes", size)
	}
	at := buildAt{workspace: uuid.New()}
	for i := range 4 * maxDefinitionSize / size {
		at.number = i / 2 // each is put twice
		d.put(at, large)
		if _, ok := d.get(at); !ok || d.size != len(d.kept)*size || d.size > maxDefinitionSize {
			t.Fatalf("%d definitions are kept and said to have %d bytes", len(d.kept), d.size)
		}
	}
}
