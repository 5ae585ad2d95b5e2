// Package trigger is when a graph starts: the trigger's row, the providers that
// turn something that happened into an event, and their registry.
package trigger

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
)

// Trigger says when a graph starts, whichever surface made it.
type Trigger struct {
	ID           uuid.UUID
	Workspace    uuid.UUID
	Name         string
	Title        string
	Kind         string
	GraphID      uuid.UUID
	Graph        string // the graph's name
	Build        int    // 0 = the build assigned to the environment
	Environments []string
	Status       Status
	PausedReason string
	Config       json.RawMessage
	Policies     Policies
	Labels       map[string]string
	Revision     int
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Status is whether a trigger fires.
type Status string

const (
	Active   Status = "active"
	Paused   Status = "paused"
	Archived Status = "archived"
)

// Provider is the code for one kind of trigger.
type Provider interface {
	Kind() string
	// Title and Description are for people choosing a kind.
	Title() string
	Description() string
	// Schema is the JSON schema of the trigger's config.
	Schema() json.RawMessage
}

// Checked is implemented by providers that know more of a config than its
// schema says.
type Checked interface {
	// Check says what is wrong with a config that its schema accepts; paths begin
	// at the config. now is the moment from which it shall hold.
	Check(config json.RawMessage, now time.Time) []fault.Detail
}

// Timed is implemented by providers whose triggers start runs at moments.
type Timed interface {
	// Event makes the event of one moment.
	Event(ctx context.Context, t Trigger, at Occasion) (Event, error)
}

// Called is implemented by providers whose triggers are started through the
// start URLs of a surface.
type Called interface {
	// Call makes the event of a request body that has passed its checks.
	Call(config json.RawMessage, body Event) (Event, error)
}

// In says whether the trigger starts runs in the environment. A trigger that
// names none starts them in all.
func (t Trigger) In(environment string) bool {
	return len(t.Environments) == 0 || slices.Contains(t.Environments, environment)
}
