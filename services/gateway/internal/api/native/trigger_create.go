package native

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// creationTTL is how long an Idempotency-Key of a creation is remembered.
const creationTTL = 24 * time.Hour

var createTriggerDoc = api.Doc{
	ID: "createTrigger", Summary: "Make a trigger",
	Detail: "Without a `name` it gets one that is free, made from its title. A repeated request with the same `Idempotency-Key` within 24 hours " +
		"is answered with the trigger that the first one made.\n\nThe words of Phinite's form are understood as well: a body with `workflow_type` " +
		"(`api`, `background_task`, `cron`, `manual`), `graph_id`, `integration`, `cron_expression`, `timezone`, `start_time`, `message`, " +
		"`user_variables` and `environments` as `{\"DEV\": {\"build_id\": 3}}`, whose `name` is the title.",
	Hears: []api.Header{api.IdempotencyKey}, Takes: triggerWanted{}, Or: triggerForm{}, Ignores: shownOfTrigger,
	Gives:   api.Gives{http.StatusCreated: triggerDocument{}},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

// createTrigger makes a trigger under the name that it chooses, or under one that
// is made from its title.
func (n Native) createTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	once, err := onceOf(c)
	if err != nil {
		return 0, nil, err
	}
	raw, ours, err := translated(c.Raw, false)
	if err != nil {
		return 0, nil, err
	}
	t, value, err := n.readTrigger(c, raw, "", trigger.Trigger{})
	if err != nil {
		return 0, nil, ours(err)
	}
	if err := reachesAll(c, t.Environments); err != nil {
		return 0, nil, err
	}
	t, fresh, err := c.Store.CreateTrigger(ctx, t, once)
	if err != nil {
		return 0, nil, ours(err)
	}
	if err := n.settleSecret(ctx, c, t, value); err != nil {
		return 0, nil, err
	}
	if !fresh {
		c.Header.Set("Idempotent-Replayed", "true")
	}
	return n.shown(ctx, c, http.StatusCreated, t, nil)
}

// onceOf is the caller's name for what is to be made, and what was asked.
func onceOf(c *api.Call) (store.Once, error) {
	key, err := c.IdempotencyKey()
	if err != nil || key == "" {
		return store.Once{}, err
	}
	if err := wellFormed(c.Raw); err != nil {
		return store.Once{}, err
	}
	asked, err := strictjson.Value(c.Raw)
	if err != nil {
		return store.Once{}, err
	}
	text, err := json.Marshal(asked) // however it was written
	sum := sha256.Sum256(text)
	return store.Once{Key: key, Hash: sum[:], TTL: creationTTL}, err
}
