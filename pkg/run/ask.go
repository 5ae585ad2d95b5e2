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
	// Question is what the one who answers is shown.
	Question json.RawMessage `json:"question,omitempty"`
	// Child is the run whose end is waited for; it begins together with the
	// ask, under the id of the ask. Only of ForChild.
	Child *Child `json:"child,omitempty"`
}

// Settled is what became of an ask, for the attempt that goes on.
type Settled struct {
	Ask    uuid.UUID
	Step   Step
	Answer Answer
}
