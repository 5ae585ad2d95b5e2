package native

import (
	"context"
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var runDoc = api.Doc{
	ID: "getRun", Summary: "Read how a run stands",
	Detail: "With `Prefer: wait=N` the answer comes when the run has ended (200), or after that long (202). " +
		"With `If-None-Match` beside it the answer comes as soon as anything else is to be told (200), or after that long (304).",
	Hears: []api.Header{api.IfNoneMatch, api.Prefer},
	Gives: api.Gives{http.StatusOK: runDocument{}, http.StatusAccepted: runDocument{}, http.StatusNotModified: nil},
}

// run tells how a run stands: at once, or to a caller who prefers to wait when
// it has ended. One who shows what it has seen waits for anything else instead.
func (n Native) run(ctx context.Context, c *api.Call) (int, any, error) {
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	var changed func(run.Run) bool
	if c.Conditional() {
		changed = func(r run.Run) bool { return r.Status.Terminal() || !c.Holds(still(n.runOf(r))) }
	}
	last, kept := n.waiter().Wait(c, r.ID, looksAt(c, r.ID), changed)
	if kept {
		r = last
	}
	switch {
	case c.Unchanged(still(n.runOf(r))):
		c.Stands(r, n.Now())
		return http.StatusNotModified, nil, nil
	case kept && changed == nil:
		return n.awaited(c, r)
	}
	return http.StatusOK, n.stands(c, r), nil
}

// still is a document without what moves by itself.
func still(d runDocument) runDocument {
	d.QueuedMS, d.RunMS, d.PollAfterMS = 0, 0, nil
	return d
}

var cancelRunDoc = api.Doc{
	ID: "cancelRun", Summary: "Ask for a run's end",
	Detail: "A run that is executing ends when its worker hears of it." + blank,
	Takes:  struct{}{}, Optional: true, Gives: api.Gives{http.StatusAccepted: runDocument{}},
	Refuses: []fault.Code{fault.AlreadyFinished},
}

// cancelRun asks for a run's end. It is 202 until the run has ended; what is
// executing ends when its worker hears of it.
func (n Native) cancelRun(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	if r, err = c.Store.Cancel(ctx, r.ID, run.Requested); err != nil {
		return 0, nil, err
	}
	n.Announce(r.ID)
	return http.StatusAccepted, n.told(c, r), nil
}

// found is the run that the path names. What the key may not reach does not
// exist for it.
func (n Native) found(ctx context.Context, c *api.Call) (run.Run, error) {
	missing := fault.New(fault.NotFound, "no such run")
	id, ok := c.RunID("run")
	if !ok {
		return run.Run{}, missing
	}
	r, err := c.Run(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && !c.Key.Reaches(r.Environment) {
		return run.Run{}, missing
	}
	return r, err
}
