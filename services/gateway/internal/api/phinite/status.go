package phinite

import (
	"context"
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var errNoWorkflow = fault.New(fault.NotFound, "Workflow not found")

func statusDoc(as string) api.Doc {
	return api.Doc{
		ID: "getStatus" + as, Summary: "Tell how a run stands", Hears: []api.Header{api.IfNoneMatch, api.Prefer},
		Detail: "With `Prefer: wait=N` the answer comes when the run has ended, or after that long. With `If-None-Match` beside it the answer comes " +
			"as soon as anything else is to be told, a log line included, or after that long (304).",
		Gives: api.Gives{http.StatusOK: answer{}, http.StatusNotModified: nil},
	}
}

// status tells how a run stands.
func (p Phinite) status(ctx context.Context, c *api.Call) (int, any, error) {
	if v, ok := c.Viewed(); ok {
		return p.show(c, v)
	}
	r, err := p.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	return p.show(c, c.View(p.seen(c, r)))
}

func (p Phinite) show(c *api.Call, v *api.View) (int, any, error) {
	p.stands(c, v.Run)
	if c.UnchangedView(v) {
		return http.StatusNotModified, nil, nil
	}
	return http.StatusOK, v.Said, nil
}

// found is the run that the path names. What the key may not reach does not
// exist for it.
func (p Phinite) found(ctx context.Context, c *api.Call) (run.Run, error) {
	id, ok := c.RunID("workflow")
	if !ok {
		return run.Run{}, errNoWorkflow
	}
	r, err := c.Run(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && !c.Key.Reaches(r.Environment) {
		return run.Run{}, errNoWorkflow
	}
	return r, err
}

// seen is the run and its document: as they are, or to a caller who prefers to
// wait when the run has ended. One who shows what it has seen waits for anything
// else instead.
func (p Phinite) seen(c *api.Call, r run.Run) (run.Run, answer) {
	if !c.Conditional() {
		last, kept := p.waiter().Wait(c, r.ID, looksAt(c, r.ID), nil)
		if !kept {
			return r, answerOf(r, c.Records())
		}
		ctx, cancel := context.WithTimeout(c.Request.Context(), p.Patience)
		defer cancel()
		return last, p.shape(ctx, c, last)
	}
	var document answer
	look := func(ctx context.Context) (run.Run, error) {
		r, err := c.Store.Run(ctx, r.ID)
		if err == nil {
			document = p.shape(ctx, c, r)
		}
		return r, err
	}
	changed := func(r run.Run) bool { return r.Status.Terminal() || !c.Holds(document) }
	if last, kept := p.waiter().Wait(c, r.ID, look, changed); kept {
		return last, document
	}
	return r, answerOf(r, c.Records())
}
