package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// workspaceChange is what can be changed of a workspace; what is left out stays
// as it is.
type workspaceChange struct {
	Title              *string       `json:"title"`
	Tier               *string       `json:"tier"`
	DefaultEnvironment *string       `json:"default_environment"`
	Limits             *limitsChange `json:"limits"`
	TriggersPaused     *bool         `json:"triggers_paused"`
}

type limitsChange struct {
	Running     *int    `json:"running"`
	Pending     *int    `json:"pending"`
	MinInterval *string `json:"min_interval" doc:"The shortest time between two moments of a schedule, like 1h; empty for a second."`

	SharedSecret *bool `json:"shared_secret" doc:"Whether TRIGGER_WEBHOOK_SECRET starts webhooks that have no secret of their own."`
}

var patchWorkspaceDoc = api.Doc{
	ID: "patchWorkspace", Summary: "Change a workspace",
	Detail: "What is left out stays as it is.",
	Hears:  []api.Header{api.IfMatch}, Takes: workspaceChange{}, Gives: api.Gives{http.StatusOK: workspaceDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// patchWorkspace changes what holds in every environment.
func (n Native) patchWorkspace(ctx context.Context, c *api.Call) (int, any, error) {
	if err := reachesAll(c, nil); err != nil {
		return 0, nil, err
	}
	revision, err := ifMatch(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[workspaceChange](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	w, err := c.Store.ChangeWorkspace(ctx, revision, wanted.over)
	if err != nil {
		return 0, nil, err
	}
	tag(c, w.Revision)
	return http.StatusOK, workspaceOf(w), nil
}

// over is the workspace with the change made.
func (w workspaceChange) over(old tenant.Workspace) tenant.Workspace {
	replace(&old.Title, w.Title)
	replace(&old.Tier, w.Tier)
	replace(&old.DefaultEnvironment, w.DefaultEnvironment)
	replace(&old.TriggersPaused, w.TriggersPaused)
	if w.Limits != nil {
		replace(&old.Limits.Running, w.Limits.Running)
		replace(&old.Limits.Pending, w.Limits.Pending)
		replace(&old.Limits.MinInterval, w.Limits.MinInterval)
		replace(&old.Limits.SharedSecret, w.Limits.SharedSecret)
	}
	return old
}

func replace[T any](old, wanted *T) {
	if wanted != nil {
		*old = *wanted
	}
}
