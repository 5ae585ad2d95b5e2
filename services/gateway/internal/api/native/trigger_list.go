package native

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// triggersQuery chooses triggers.
type triggersQuery struct {
	pageQuery
	Status      trigger.Status `query:"status" doc:"Archived ones are listed only by archived."`
	Kind        string         `query:"kind"`
	Graph       string         `query:"graph" doc:"The name or id of the graph that they start."`
	Environment string         `query:"environment" doc:"DEV, UAT or PROD: where they start runs."`
	Label       []string       `query:"label" doc:"name:value; of several, all must be there."`
	Search      string         `query:"search" doc:"What their name or title contains, whatever the case."`
	Sort        string         `query:"sort" doc:"created_at, the newest first (when it is left out), or updated_at, the last changed first."`
}

var triggersDoc = api.Doc{
	ID: "listTriggers", Summary: "List the triggers of a workspace", Query: triggersQuery{},
	Gives: api.Gives{http.StatusOK: list[triggerRow]{}}, Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed, fault.UnknownField},
}

func (n Native) triggers(ctx context.Context, c *api.Call) (int, any, error) {
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := triggerFilter(c)
	if err != nil {
		return 0, nil, err
	}
	triggers, next, err := c.Store.Triggers(ctx, p, filter)
	if err != nil {
		return 0, nil, err
	}
	now, err := standingOf(ctx, c.Store, triggers)
	return http.StatusOK, listOf(triggers, next, func(t trigger.Trigger) triggerRow { return n.triggerOf(c, t, now) }), err
}

// triggerParameters are what the list can be asked; anything else is a typing
// error and would silently list too much.
var triggerParameters = []string{"limit", "cursor", "status", "kind", "graph", "environment", "label", "search", "sort"}

func triggerFilter(c *api.Call) (f store.TriggerFilter, err error) {
	q := c.Query()
	for name := range q {
		if !slices.Contains(triggerParameters, name) {
			return f, refusedDocument([]fault.Detail{{
				Path: name, Code: string(fault.UnknownField), Message: "there is no such parameter: " + strings.Join(triggerParameters, ", "),
			}})
		}
	}
	f = store.TriggerFilter{Status: trigger.Status(q.Get("status")), Kind: q.Get("kind"), Graph: q.Get("graph"), Search: q.Get("search")}
	if !slices.Contains([]trigger.Status{"", trigger.Active, trigger.Paused, trigger.Archived}, f.Status) {
		return f, one("status", "invalid", "a status is active, paused or archived")
	}
	if name := q.Get("environment"); name != "" {
		if f.Environment, err = reached(c, name); err != nil {
			return f, err
		}
	}
	if f.Labels, err = labelsOf(q); err != nil {
		return f, err
	}
	switch sort := q.Get("sort"); sort {
	case "", "created_at":
	case "updated_at":
		f.Changed = true
	default:
		return f, one("sort", "invalid", "a list is sorted by created_at or updated_at")
	}
	return f, nil
}

func labelsOf(q url.Values) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range q["label"] {
		name, value, ok := strings.Cut(text, ":")
		if !ok || name == "" {
			return nil, one("label", "invalid", "a label is chosen by name:value, such as owner:data")
		}
		if known, twice := labels[name]; twice && known != value {
			return nil, one("label", "invalid", fmt.Sprintf("no trigger has two values of the label %q", name))
		}
		labels[name] = value
	}
	return labels, nil
}
