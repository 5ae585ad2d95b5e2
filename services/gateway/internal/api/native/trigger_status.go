package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// pauseWanted may say why.
type pauseWanted struct {
	Reason string `json:"reason" doc:"Shown as the trigger's paused_reason."`
}

var pauseTriggerDoc = api.Doc{
	ID: "pauseTrigger", Summary: "Keep a trigger from starting anything until it is resumed",
	Takes: pauseWanted{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.Conflict},
}

// pauseTrigger keeps a trigger from starting anything until it is resumed.
func (n Native) pauseTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[pauseWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	return n.move(ctx, c, func(id string) (trigger.Trigger, error) {
		return c.Store.SetTriggerStatus(ctx, id, trigger.Paused, wanted.Reason)
	})
}

var resumeTriggerDoc = api.Doc{
	ID: "resumeTrigger", Summary: "Let a paused trigger start again",
	Takes: struct{}{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.Conflict},
}

func (n Native) resumeTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	return n.move(ctx, c, func(id string) (trigger.Trigger, error) {
		return c.Store.SetTriggerStatus(ctx, id, trigger.Active, "")
	})
}

var archiveTriggerDoc = api.Doc{
	ID: "archiveTrigger", Summary: "Put a trigger away",
	Detail: "It starts nothing, its start URLs answer 404, and lists leave it out unless they are asked for `archived`. Its name stays taken. Runs that it has started go on.",
	Takes:  struct{}{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.Conflict},
}

// archiveTrigger puts a trigger away; it can be restored.
func (n Native) archiveTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	return n.move(ctx, c, func(id string) (trigger.Trigger, error) {
		return c.Store.SetTriggerStatus(ctx, id, trigger.Archived, "")
	})
}

var restoreTriggerDoc = api.Doc{
	ID: "restoreTrigger", Summary: "Take a trigger out of the archive",
	Detail: "It is active or paused again, as it was before.",
	Takes:  struct{}{}, Optional: true, Gives: api.Gives{http.StatusOK: triggerDocument{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.Conflict},
}

func (n Native) restoreTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	return n.move(ctx, c, func(id string) (trigger.Trigger, error) { return c.Store.RestoreTrigger(ctx, id) })
}

// move changes the status of a trigger that the key may change.
func (n Native) move(ctx context.Context, c *api.Call, to func(id string) (trigger.Trigger, error)) (int, any, error) {
	id, err := n.reachedTrigger(ctx, c, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	t, err := to(id)
	return n.shown(ctx, c, http.StatusOK, t, err)
}
