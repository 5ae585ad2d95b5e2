package run

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Ask is the data of a waiting record: what a step waits for.
type Ask struct {
	// ID names the ask to whoever answers.
	ID     uuid.UUID `json:"id"`
	Reason Reason    `json:"reason"`
	// Until is when the waiting ends by itself; nil is never.
	Until *time.Time `json:"until,omitempty"`
	// Question is what the one who answers is shown, and what a valid answer
	// is, in the words of package question.
	Question json.RawMessage `json:"question,omitempty"`
	// Child is the run whose end answers.
	Child *uuid.UUID `json:"child,omitempty"`
}

// Settled is what became of an ask, for the attempt that goes on.
type Settled struct {
	Ask    uuid.UUID
	Step   Step
	Answer Answer
}

// ChildEnd is how a run that another one started has ended, as its parent reads
// it.
type ChildEnd struct {
	Run       uuid.UUID      `json:"run"`
	Status    Status         `json:"status"`
	Response  map[string]any `json:"response,omitempty"`
	Error     string         `json:"error,omitempty"`
	ErrorCode ErrorCode      `json:"error_code,omitempty"`
	Usage     Usage          `json:"usage"`
}
