package api

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/term"
)

// serve answers one route: it is the one place where a request becomes a call
// and an error becomes an answer.
func (a *API) serve(s *Surface, r *Route) gin.HandlerFunc {
	return func(g *gin.Context) {
		if !routable(g.Params) {
			a.unrouted(g)
			return
		}
		c := a.callOf(g)
		c.route = r
		status, body, err := a.attempt(g, s, r, c)
		stream, endless := body.(Stream)
		file, whole := body.(File)
		page, read := body.(Page)
		said, plain := body.(Said)
		switch {
		case err != nil:
			status = a.refuse(g.Writer, s, c.ID, err)
		case whole:
			status = a.file(g.Writer, g.Request, status, c.ID, file)
		case read:
			a.page(g.Writer, status, c.ID, page)
		case plain:
			a.said(g.Writer, status, c.ID, said)
		case !endless:
			a.send(g.Writer, status, "application/json", c.ID, body)
		}
		a.note(c, s, r.Path, status, err)
		if endless && err == nil {
			a.stream(g.Writer, g.Request, status, c.ID, stream)
		}
	}
}

// callOf is a request before anything was judged.
func (a *API) callOf(g *gin.Context) *Call {
	return &Call{
		Request: g.Request, ID: requestID(g.Request), Peer: a.Proxies.Of(g.Request), began: a.Now(),
		Header: g.Writer.Header(), door: a, writer: g.Writer, params: g.Params,
	}
}

// attempt does all that may go wrong. A panic is our mistake and costs the
// caller only this answer.
func (a *API) attempt(g *gin.Context, s *Surface, r *Route, c *Call) (status int, body any, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			panic(p)
		} else if p != nil {
			status, body, err = 0, nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := a.enter(c, s, r); err != nil {
		return 0, nil, err
	}
	var unread error
	if !r.Hook {
		unread = c.read(r.Form)
	}
	status, body, err = a.answer(c, r, unread)
	if c.unproven() {
		if err := a.reenter(c, s, r); err != nil {
			return 0, nil, err
		}
		status, body, err = a.answer(c, r, unread)
	}
	return status, body, err
}

// answer calls the route's handler, if the body could be read.
func (a *API) answer(c *Call, r *Route, unread error) (status int, body any, err error) {
	if unread != nil {
		return 0, nil, unread
	}
	ctx := a.patiently(c)
	defer ctx.End()
	return a.do(ctx, c, r)
}

// patiently is the call for as long as it may wait for the database.
func (a *API) patiently(c *Call) *term.Term {
	return term.Within(c.Request.Context(), a.Patience, nil)
}

// enter lets a call in, or says why not. No byte of the body was read before.
func (a *API) enter(c *Call, s *Surface, r *Route) error {
	if err := a.admit(c); err != nil {
		return err
	}
	if r.Open {
		return nil
	}
	if err := a.authenticate(c, s, r.Starts); err != nil {
		return err
	}
	if err := a.within(c); err != nil {
		return err
	}
	return c.allowed(s, r)
}

// reenter asks for a call that was let in by what was recalled, and either was
// told that it does not hold or started nothing that would have proven it.
func (a *API) reenter(c *Call, s *Surface, r *Route) error {
	if err := a.authenticate(c, s, false); err != nil {
		return err
	}
	return c.allowed(s, r)
}

// allowed says whether the key opens the route there.
func (c *Call) allowed(s *Surface, r *Route) error {
	if ws := c.Param("workspace"); ws != "" && ws != c.Workspace.Name && ws != c.Workspace.ID.String() {
		return s.Foreign
	}
	if r.Needs != "" && !c.Key.Allows(r.Needs) {
		return fault.New(fault.Forbidden, "This key lacks the scope %s", r.Needs)
	}
	return nil
}
