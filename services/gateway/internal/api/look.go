package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// RunID is the run that a parameter of the path names; ok is false when it names
// none.
func (c *Call) RunID(name string) (id uuid.UUID, ok bool) {
	ref := c.Param(name)
	id, err := uuid.Parse(ref)
	return id, err == nil && len(ref) == 36
}

// sees is the run that the call only looks at, if its route is one for that.
func (c *Call) sees() (id uuid.UUID, ok bool) {
	if c.route == nil || c.route.Sees == "" {
		return uuid.Nil, false
	}
	return c.RunID(c.route.Sees)
}

// look finds out whose call it is and what it is to see in one question. Who was
// shown the run lately is shown the same again if nothing was written since.
func (a *API) look(ctx context.Context, c *Call, mac []byte, id uuid.UUID) (store.Entry, error) {
	by := viewer{string(mac), id, c.route}
	if v, ok := a.views.Recall(by); ok && v.young(c.began) && !c.prefers() {
		still, err := a.Store.Still(ctx, mac, id, v.sight.State)
		if still {
			c.view = v
		}
		if still || err != nil {
			return store.Entry{Key: v.sight.Key, Workspace: v.sight.Workspace}, a.unsure(c, err)
		}
	}
	seen, err := a.Store.Look(ctx, mac, id, c.route.Records)
	c.viewer, c.sight = by, &seen
	return store.Entry{Key: seen.Key, Workspace: seen.Workspace}, a.unsure(c, err)
}

// unsure forgets every view when the database is away: it may come back without
// what it said last. A caller who has left says nothing about the database, and
// takes nothing from the others.
func (a *API) unsure(c *Call, err error) error {
	if errors.Is(err, fault.Unavailable) && c.Request.Context().Err() == nil {
		a.views.Forget()
	}
	return err
}

// Run is the run as it was seen when the call came in, or as it is now on a
// route that does not say that it Sees it. Fault: NotFound.
func (c *Call) Run(ctx context.Context, id uuid.UUID) (run.Run, error) {
	if c.sight == nil {
		return c.Store.Run(ctx, id)
	}
	return c.sight.Run, c.sight.Missing
}

// Records are the newest of that run, as many as the route asks for.
func (c *Call) Records() []run.Record { return c.sight.Records }
