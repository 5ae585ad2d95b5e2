// Package tenant is the workspace: who owns everything, and how much of it.
package tenant

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Workspace is a tenant. Keys belong to it and everything else is found
// through a key.
type Workspace struct {
	ID                 uuid.UUID
	Name               string
	Title              string
	Tier               string
	DefaultEnvironment string
	Limits             Limits
	// TriggersPaused is the kill switch: nothing starts while it is on.
	TriggersPaused bool
	Revision       int
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Limits are what a workspace may have at once.
type Limits struct {
	// Running bounds runs that hold a slot; Pending bounds accepted runs that
	// wait for one.
	Running int `json:"running"`
	Pending int `json:"pending"`
	// MinInterval is the shortest time between two moments of a schedule; empty
	// means a second.
	MinInterval string `json:"min_interval,omitempty" doc:"The shortest time between two moments of a schedule, like 1h; a second when it is left out. What was saved before goes on."`
	// SharedSecret lets triggers of kind webhook that have no secret of their own
	// know their senders by that of the whole installation.
	SharedSecret bool `json:"shared_secret,omitempty" doc:"Whether TRIGGER_WEBHOOK_SECRET, which other workspaces may know too, starts webhooks that have no secret of their own."`
}

// Interval is the shortest time between two moments of a schedule.
func (l Limits) Interval() time.Duration {
	if d, err := time.ParseDuration(l.MinInterval); err == nil && d > time.Second {
		return d
	}
	return time.Second
}

// MostRuns is the most that either limit can be.
const MostRuns = 10_000_000

// DefaultLimits are those of a workspace that says nothing.
var DefaultLimits = Limits{Running: 50, Pending: 10_000}

// Environments are the partitions of every workspace.
var Environments = []string{"DEV", "UAT", "PROD"}

// IsEnvironment says whether the upper-case name is one of the three.
func IsEnvironment(name string) bool { return slices.Contains(Environments, name) }

// Reserved names stand in paths where a workspace could: no workspace may bear
// one.
var Reserved = []string{"start", "status", "jira", "resume", "providers", "all", "agents", "workflows", "webhook", "active", "manage", "invocation-logs", "executions", "thread"}
