package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var createBackfillDoc = api.Doc{
	ID: "createBackfill", Summary: "Start the runs of moments that have passed",
	Detail: "For the moments of a range that a schedule, as it is now, has: those that started nothing (`missing`), these and those whose run failed, or all. " +
		"Schedulers go on with it until every moment is decided and its runs have ended; it survives them all. It stands still, and says why, while the trigger is paused, " +
		"an environment has no build or the queue is full. A moment that it fills has one record still, `backfilled`, with the new run and what was there before; " +
		"its runs say `cause.backfill`. The overlap policy holds: unless it is `allow`, one run at a time goes on. `max_fires` and the misfire policy do not matter. " +
		"With `dry_run` nothing is kept or started (200): the answer tells what would be.",
	Hears: []api.Header{api.IdempotencyKey}, Takes: backfillWanted{},
	Gives:   api.Gives{http.StatusCreated: backfillDocument{}, http.StatusOK: backfillForeseen{}},
	Refuses: []fault.Code{fault.Conflict, fault.TriggerPaused, fault.NoBuild, fault.EnvironmentNotAllowed},
}

// createBackfill lets moments that have passed start runs.
func (n Native) createBackfill(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[backfillWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	b, err := wanted.backfill(c, t, n.Now())
	if err != nil {
		return 0, nil, err
	}
	if wanted.DryRun {
		c.Unaltered()
		return n.foresee(ctx, c, t, b)
	}
	for _, environment := range b.Environments {
		if err := startable(ctx, c, environment); err != nil {
			return 0, nil, err
		}
	}
	once, err := onceOf(c)
	if err != nil {
		return 0, nil, err
	}
	b, fresh, err := c.Store.CreateBackfill(ctx, b, once)
	if err != nil || fresh {
		return http.StatusCreated, backfillOf(t, store.Backfilling{Backfill: b}), err
	}
	c.Header.Set("Idempotent-Replayed", "true")
	before, err := c.Store.Backfill(ctx, t.ID, b.ID)
	return http.StatusCreated, backfillOf(t, before), err
}

// startable says why nothing may start in an environment.
func startable(ctx context.Context, c *api.Call, environment string) error {
	target, err := c.Target(ctx, environment)
	if err != nil {
		return err
	}
	return launch.Start{Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: environment}.Refusal()
}

var backfillsDoc = api.Doc{
	ID: "listBackfills", Summary: "List the backfills of a trigger, newest first",
	Detail: "Those in environments that the key reaches.",
	Query:  pageQuery{}, Gives: api.Gives{http.StatusOK: list[backfillDocument]{}}, Refuses: []fault.Code{fault.UnknownField},
}

func (n Native) backfills(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, pageQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Backfills(ctx, t.ID, p)
	var reached []store.Backfilling
	for _, b := range all {
		if reachesAll(c, b.Environments) == nil {
			reached = append(reached, b)
		}
	}
	return http.StatusOK, listOf(reached, next, func(b store.Backfilling) backfillDocument { return backfillOf(t, b) }), err
}

var backfillDoc = api.Doc{
	ID: "getBackfill", Summary: "Read how far a backfill has come",
	Gives: api.Gives{http.StatusOK: backfillDocument{}},
}

func (n Native) backfill(ctx context.Context, c *api.Call) (int, any, error) {
	t, b, err := n.foundBackfill(ctx, c)
	return http.StatusOK, backfillOf(t, b), err
}

var abortBackfillDoc = api.Doc{
	ID: "abortBackfill", Summary: "Let a backfill start nothing more",
	Detail: "Runs that it has started go on; they can be cancelled one by one.",
	Takes:  struct{}{}, Optional: true, Gives: api.Gives{http.StatusOK: backfillDocument{}}, Refuses: []fault.Code{fault.AlreadyFinished},
}

// abortBackfill lets a backfill start nothing more.
func (n Native) abortBackfill(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	t, b, err := n.foundBackfill(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	b.Backfill, err = c.Store.AbortBackfill(ctx, t.ID, b.ID)
	return http.StatusOK, backfillOf(t, b), err
}

// foundBackfill is what the path names. What the key may not reach does not
// exist for it.
func (n Native) foundBackfill(ctx context.Context, c *api.Call) (trigger.Trigger, store.Backfilling, error) {
	missing := fault.New(fault.NotFound, "no such backfill")
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return t, store.Backfilling{}, err
	}
	id, err := uuid.Parse(c.Param("backfill"))
	if err != nil {
		return t, store.Backfilling{}, missing
	}
	b, err := c.Store.Backfill(ctx, t.ID, id)
	if fault.Of(err).Code == fault.NotFound || err == nil && reachesAll(c, b.Environments) != nil {
		err = missing
	}
	return t, b, err
}
