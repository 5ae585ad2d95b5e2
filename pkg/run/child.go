package run

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// MaxDepth is how many runs may start each other in a chain.
const MaxDepth = 5

// Callee is the build that a child executes.
type Callee struct {
	GraphID uuid.UUID `json:"graph_id"`
	Graph   string    `json:"graph"`
	Build   int       `json:"build"`
}

// Child is a run that a step of another run starts. It has a row and a journal
// of its own, the environment, thread and class of its parent, and the time that
// its parent has left.
type Child struct {
	Callee
	Message       string                     `json:"message,omitempty"`
	UserVariables map[string]json.RawMessage `json:"user_variables,omitempty"`
	// ReplayOf is the run that the child repeats from where it failed.
	ReplayOf string `json:"replay_of,omitempty"`
	Depth    int    `json:"depth"`
	// Limit bounds the child when it is less than what the parent has left;
	// zero does not. Spare is what the parent keeps for itself.
	Limit time.Duration `json:"limit,omitempty"`
	Spare time.Duration `json:"spare,omitempty"`
}

// Time is how long the child of a parent that has so much left may execute.
func (c Child) Time(left time.Duration) time.Duration {
	left -= c.Spare
	if c.Limit > 0 {
		left = min(left, c.Limit)
	}
	return max(left, time.Millisecond)
}

// Returned is what a child gives to its parent: the output of the answer that
// settles the ask.
type Returned struct {
	Status    Status          `json:"status"`
	Response  json.RawMessage `json:"response,omitempty"`
	Error     string          `json:"error,omitempty"`
	ErrorCode ErrorCode       `json:"error_code,omitempty"`
}

// MaxResponse is how many bytes of response a child may give to its parent.
const MaxResponse = 1 << 20
