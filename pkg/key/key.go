// Package key is the API key: its printed form, its keyed hash, and what it
// allows.
package key

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Key is what is known of an API key after it was shown once.
type Key struct {
	ID        uuid.UUID
	Workspace uuid.UUID
	Name      string
	// Handle is the public ten characters inside the printed key; Last4 are
	// its last characters. They are all that is ever shown again.
	Handle       string
	Last4        string
	Scopes       []Scope
	Environments []string // empty means all
	CreatedAt    time.Time
	CreatedBy    string
	ExpiresAt    *time.Time
	RevokedAt    *time.Time
	LastUsedAt   *time.Time
	// Successor is the key that took the name when this one was rotated.
	Successor *uuid.UUID
}

// Scope is one thing a key may do.
type Scope string

const (
	TriggerInvoke  Scope = "trigger:invoke"
	RunRead        Scope = "run:read"
	RunCancel      Scope = "run:cancel"
	RunAnswer      Scope = "run:answer"
	TriggerManage  Scope = "trigger:manage"
	GraphManage    Scope = "graph:manage"
	SecretManage   Scope = "secret:manage"
	KeyManage      Scope = "key:manage"
	DeliveryRead   Scope = "delivery:read"
	WorkspaceAdmin Scope = "workspace:admin"
)

// Scopes lists every scope.
var Scopes = []Scope{TriggerInvoke, RunRead, RunCancel, RunAnswer, TriggerManage, GraphManage, SecretManage, KeyManage, DeliveryRead, WorkspaceAdmin}

// Presets are named sets of scopes.
var Presets = map[string][]Scope{
	"invoke":   {TriggerInvoke, RunRead},
	"operator": {TriggerInvoke, RunRead, RunCancel, RunAnswer, TriggerManage, DeliveryRead},
	"admin":    Scopes,
}

// Allows says whether the key carries the scope.
func (k Key) Allows(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Reaches says whether the key may act in the environment.
func (k Key) Reaches(environment string) bool {
	return len(k.Environments) == 0 || slices.Contains(k.Environments, environment)
}

// Live says whether the key opens anything at that moment.
func (k Key) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}
