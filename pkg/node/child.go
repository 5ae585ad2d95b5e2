package node

import (
	"errors"

	"github.com/onsethq/onset/pkg/graph"
)

// Child is a graph that a node starts as a run of its own.
type Child struct {
	Graph string
	// Build is its number; 0 is the one that is assigned to the environment.
	Build     int
	Message   string
	Variables map[string]any
}

// Caller kinds start other graphs. Calls names the graph that a node starts;
// empty when it starts none.
type Caller interface {
	Calls(n graph.Node) string
}

// Waits says of an error that the run is put aside until something has
// happened: nothing failed, and the node runs again then.
func Waits(err error) bool {
	var w interface{ Waits() bool }
	return errors.As(err, &w) && w.Waits()
}
