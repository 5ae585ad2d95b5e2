package native

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// triggerChange is what can be changed of a trigger; what is left out stays as
// it is.
type triggerChange struct {
	Name         *string            `json:"name" doc:"May be sent back; it never changes."`
	Title        *string            `json:"title"`
	Kind         *string            `json:"kind"`
	Graph        *string            `json:"graph" doc:"The name or id of a graph."`
	Build        *pin               `json:"build"`
	Environments []string           `json:"environments" doc:"null means everywhere."`
	Status       *trigger.Status    `json:"status"`
	Config       json.RawMessage    `json:"config" doc:"Merged field by field; null takes a field away, or all of them."`
	Policies     json.RawMessage    `json:"policies" doc:"Merged field by field."`
	Labels       map[string]*string `json:"labels" doc:"Merged; null takes a label away."`
	Secret       *string            `json:"secret" doc:"What its sender proves itself with, in the place of its other secrets."`
}

var patchTriggerDoc = api.Doc{
	ID: "patchTrigger", Summary: "Change a trigger",
	Detail: "A merge patch (RFC 7396): what is left out stays as it is, null takes away. The kind, the graph and the build can be changed like everything " +
		"else but the name; the next start uses what they are then.",
	Hears: []api.Header{api.IfMatch}, Takes: triggerChange{}, Patch: true, Or: triggerForm{}, Ignores: shownOfTrigger,
	Gives: api.Gives{http.StatusOK: triggerDocument{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// patchTrigger changes a trigger. Nobody else changes it between the reading and
// the writing, so that If-Match is for those who decided by what they saw.
func (n Native) patchTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	revision, err := ifMatch(c)
	if err != nil {
		return 0, nil, err
	}
	raw, ours, err := translated(c.Raw, true)
	if err != nil {
		return 0, nil, err
	}
	if raw, err = without(raw, shownOfTrigger...); err != nil {
		return 0, nil, err
	}
	if _, err := strictjson.Object(raw); err != nil {
		return 0, nil, one("", "invalid", "a patch is an object")
	}
	var value secret.Secret
	t, err := c.Store.ChangeTrigger(ctx, c.Param("trigger"), revision, func(old trigger.Trigger) (trigger.Trigger, error) {
		if err := reachesAll(c, old.Environments); err != nil {
			return old, err
		}
		t, said, err := n.patched(c, old, raw)
		if value = said; err != nil {
			return old, err
		}
		return t, reachesAll(c, t.Environments)
	})
	if err != nil {
		return 0, nil, ours(err)
	}
	return n.shown(ctx, c, http.StatusOK, t, n.settleSecret(ctx, c, t, value))
}

// patched is the trigger with the patch laid over it. Its status is empty, which
// leaves it as it is, unless the patch says one.
func (n Native) patched(c *api.Call, old trigger.Trigger, patch []byte) (trigger.Trigger, secret.Secret, error) {
	doc, err := json.Marshal(map[string]any{
		"name": old.Name, "title": old.Title, "kind": old.Kind, "graph": old.Graph, "build": pin(old.Build),
		"environments": old.Environments, "config": old.Config, "policies": old.Policies, "labels": old.Labels,
	})
	if err != nil {
		return trigger.Trigger{}, "", err
	}
	if doc, err = strictjson.Merge(doc, patch); err != nil {
		return trigger.Trigger{}, "", err
	}
	return n.readTrigger(c, doc, old.Name, old)
}
