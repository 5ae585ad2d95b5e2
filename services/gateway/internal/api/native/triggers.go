package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

func (n Native) triggers(ctx context.Context, c *api.Call) (int, any, error) {
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	q := c.Query()
	triggers, next, err := c.Store.Triggers(ctx, p, store.TriggerFilter{
		Status: trigger.Status(q.Get("status")), Graph: q.Get("graph"), Kind: q.Get("kind"), Search: q.Get("search"),
	})
	return http.StatusOK, listOf(triggers, next, func(t trigger.Trigger) triggerDocument { return n.triggerOf(c, t) }), err
}

func (n Native) trigger(ctx context.Context, c *api.Call) (int, any, error) {
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	return n.shown(c, http.StatusOK, t, err)
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
	raw, err := without(c.Raw, shownOfTrigger...)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[triggerWanted](raw)
	if err != nil {
		return 0, nil, err
	}
	t, wrong := wanted.trigger(name, n.Providers, n.Launcher.RunLimit)
	if len(wrong) > 0 {
		return 0, nil, refusedDocument(wrong)
	}
	t, fresh, err := c.Store.PutTrigger(ctx, t, revision)
	return n.shown(c, madeOrChanged(fresh), t, err)
}

// deleteTrigger takes a trigger away; its runs can still be read.
func (n Native) deleteTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	return http.StatusNoContent, nil, c.Store.DeleteTrigger(ctx, c.Param("trigger"))
}

// pauseTrigger keeps a trigger from starting anything until it is resumed.
func (n Native) pauseTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[struct {
		Reason string `json:"reason"`
	}](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.SetTriggerStatus(ctx, c.Param("trigger"), trigger.Paused, wanted.Reason)
	return n.shown(c, http.StatusOK, t, err)
}

func (n Native) resumeTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	t, err := c.Store.SetTriggerStatus(ctx, c.Param("trigger"), trigger.Active, "")
	return n.shown(c, http.StatusOK, t, err)
}

func (n Native) shown(c *api.Call, status int, t trigger.Trigger, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	tag(c, t.Revision)
	return status, n.triggerOf(c, t), nil
}
