package native

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var triggerDoc = api.Doc{
	ID: "getTrigger", Summary: "Read a trigger",
	Gives: api.Gives{http.StatusOK: triggerDocument{}},
}

func (n Native) trigger(ctx context.Context, c *api.Call) (int, any, error) {
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	return n.shown(ctx, c, http.StatusOK, t, err)
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
	old, err := c.Store.Trigger(ctx, name)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return 0, nil, err
	}
	t, value, err := n.readTrigger(c, c.Raw, name, old)
	if err != nil {
		return 0, nil, err
	}
	if err := cmp.Or(reachesAll(c, t.Environments), reachesOld(c, old)); err != nil {
		return 0, nil, err
	}
	t, fresh, err := c.Store.PutTrigger(ctx, t, revision)
	if err == nil {
		err = n.settleSecret(ctx, c, t, value)
	}
	return n.shown(ctx, c, madeOrChanged(fresh), t, err)
}

// reachesOld refuses a key that may not change the trigger that is there; there
// may be none.
func reachesOld(c *api.Call, old trigger.Trigger) error {
	if old.ID == uuid.Nil {
		return nil
	}
	return reachesAll(c, old.Environments)
}

// readTrigger reads and judges a trigger; every mistake that can be seen without
// the store is told at once; beside the trigger it gives the secret that the
// document says. Without a name the document may choose one. What the
// trigger that is there fires by was right when that was made, and stays right.
func (n Native) readTrigger(c *api.Call, raw []byte, name string, old trigger.Trigger) (trigger.Trigger, secret.Secret, error) {
	raw, err := without(raw, shownOfTrigger...)
	if err != nil {
		return trigger.Trigger{}, "", err
	}
	var wanted triggerWanted
	unread := strictjson.Decode(raw, &wanted)
	if !onlyUnknown(unread) {
		return trigger.Trigger{}, "", refusedDocument(unread)
	}
	now := n.Now()
	kept := old.Kind == trigger.KindSchedule && wanted.Kind == old.Kind && trigger.SameMoments(old.Config, wanted.Config)
	if kept {
		now = old.CreatedAt
	}
	t, wrong := wanted.trigger(cmp.Or(name, wanted.Name), n.Providers, n.Launcher.RunLimit, now)
	if wrong = append(unread, wrong...); len(wrong) == 0 && !kept {
		wrong = tooFrequent(t, c.Workspace.Limits, now)
	}
	if len(wrong) == 0 && wanted.Secret != "" {
		if d := n.checkSecret(t.Kind, t.Config, wanted.Secret); d != nil {
			d.Path = "secret"
			wrong = append(wrong, *d)
		}
	}
	return t, wanted.Secret, refusedDocument(wrong)
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

// shown answers with a trigger, its newest run and what its maker should know.
func (n Native) shown(ctx context.Context, c *api.Call, status int, t trigger.Trigger, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	now, err := standingOf(ctx, c.Store, []trigger.Trigger{t})
	if err != nil {
		return 0, nil, err
	}
	warnings, err := warningsOf(ctx, c.Store, t)
	if err != nil {
		return 0, nil, err
	}
	unproved, err := n.senderWarnings(ctx, c.Store, t)
	if err != nil {
		return 0, nil, err
	}
	tag(c, t.Revision)
	return status, triggerDocument{n.triggerOf(c, t, now), append(append(warnings, n.clockWarnings(t, now)...), unproved...)}, nil
}
