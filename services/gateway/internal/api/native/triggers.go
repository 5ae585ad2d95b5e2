package native

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// triggersQuery chooses triggers.
type triggersQuery struct {
	pageQuery
	Status trigger.Status `query:"status"`
	Graph  string         `query:"graph" doc:"The name or id of the graph that they start."`
	Kind   string         `query:"kind"`
	Search string         `query:"search" doc:"What their name or title contains."`
}

var triggersDoc = api.Doc{
	ID: "listTriggers", Summary: "List the triggers of a workspace", Query: triggersQuery{},
	Gives: api.Gives{http.StatusOK: list[triggerDocument]{}},
}

func (n Native) triggers(ctx context.Context, c *api.Call) (int, any, error) {
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	q := c.Query()
	if !slices.Contains([]string{"", string(trigger.Active), string(trigger.Paused), string(trigger.Archived)}, q.Get("status")) {
		return 0, nil, one("status", "invalid", "a status is active, paused or archived")
	}
	triggers, next, err := c.Store.Triggers(ctx, p, store.TriggerFilter{
		Status: trigger.Status(q.Get("status")), Graph: q.Get("graph"), Kind: q.Get("kind"), Search: q.Get("search"),
	})
	return http.StatusOK, listOf(triggers, next, func(t trigger.Trigger) triggerDocument { return n.triggerOf(c, t) }), err
}

var triggerDoc = api.Doc{
	ID: "getTrigger", Summary: "Read a trigger",
	Gives: api.Gives{http.StatusOK: triggerDocument{}},
}

func (n Native) trigger(ctx context.Context, c *api.Call) (int, any, error) {
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	return n.shown(c, http.StatusOK, t, err)
}

var putTriggerDoc = api.Doc{
	ID: "putTrigger", Summary: "Make a trigger, or replace what it says",
	Hears: []api.Header{api.IfMatch}, Takes: triggerWanted{}, Ignores: shownOfTrigger,
	Gives:   api.Gives{http.StatusOK: triggerDocument{}, http.StatusCreated: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// putTrigger replaces what a trigger says, or makes it under the name of the
// path.
func (n Native) putTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	revision, err := ifMatch(c)
	if err != nil {
		return 0, nil, err
	}
	name, err := chosen(c.Param("trigger"), func(id string) (string, error) {
		t, err := c.Store.Trigger(ctx, id)
		return t.Name, err
	})
	if err != nil {
		return 0, nil, err
	}
	t, err := n.readTrigger(c.Raw, name)
	if err != nil {
		return 0, nil, err
	}
	if err := reachesAll(c, t.Environments); err != nil {
		return 0, nil, err
	}
	if _, err := n.reachedTrigger(ctx, c, name); err != nil && !errors.Is(err, fault.NotFound) {
		return 0, nil, err
	}
	t, fresh, err := c.Store.PutTrigger(ctx, t, revision)
	return n.shown(c, madeOrChanged(fresh), t, err)
}

// readTrigger reads and judges a trigger; every mistake that can be seen without
// the store is told at once.
func (n Native) readTrigger(raw []byte, name string) (trigger.Trigger, error) {
	raw, err := without(raw, shownOfTrigger...)
	if err != nil {
		return trigger.Trigger{}, err
	}
	var wanted triggerWanted
	unread := strictjson.Decode(raw, &wanted)
	if !onlyUnknown(unread) {
		return trigger.Trigger{}, refusedDocument(unread)
	}
	t, wrong := wanted.trigger(name, n.Providers, n.Launcher.RunLimit)
	return t, refusedDocument(append(unread, wrong...))
}

var deleteTriggerDoc = api.Doc{
	ID: "deleteTrigger", Summary: "Take a trigger away",
	Detail: "Its runs can still be read.",
	Gives:  api.Gives{http.StatusNoContent: nil}, Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// deleteTrigger takes a trigger away; its runs can still be read.
func (n Native) deleteTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	id, err := n.reachedTrigger(ctx, c, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.Store.DeleteTrigger(ctx, id)
}

// reachedTrigger is the id of a trigger that the key may change: it starts runs
// in no environment that the key does not reach.
func (n Native) reachedTrigger(ctx context.Context, c *api.Call, ref string) (id string, err error) {
	t, err := c.Store.Trigger(ctx, ref)
	if err != nil {
		return "", err
	}
	return t.ID.String(), reachesAll(c, t.Environments)
}

// pauseWanted may say why.
type pauseWanted struct {
	Reason string `json:"reason" doc:"Shown as the trigger's paused_reason."`
}

var pauseTriggerDoc = api.Doc{
	ID: "pauseTrigger", Summary: "Keep a trigger from starting anything until it is resumed",
	Takes: pauseWanted{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// pauseTrigger keeps a trigger from starting anything until it is resumed.
func (n Native) pauseTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[pauseWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	return n.setStatus(ctx, c, trigger.Paused, wanted.Reason)
}

var resumeTriggerDoc = api.Doc{
	ID: "resumeTrigger", Summary: "Let a paused trigger start again",
	Takes: struct{}{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

func (n Native) resumeTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	return n.setStatus(ctx, c, trigger.Active, "")
}

func (n Native) setStatus(ctx context.Context, c *api.Call, status trigger.Status, reason string) (int, any, error) {
	id, err := n.reachedTrigger(ctx, c, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.SetTriggerStatus(ctx, id, status, reason)
	return n.shown(c, http.StatusOK, t, err)
}

func (n Native) shown(c *api.Call, status int, t trigger.Trigger, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	tag(c, t.Revision)
	return status, n.triggerOf(c, t), nil
}
