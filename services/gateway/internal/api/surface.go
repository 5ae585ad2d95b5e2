// Package api is the gateway's HTTP side: who may call, what a body may be,
// and how an answer leaves. What is asked and answered belongs to the surfaces,
// each a folder that translates and nothing more.
package api

import (
	"context"

	"github.com/onsethq/onset/pkg/key"
)

// Surface is one family of routes with its own words for the same things.
type Surface struct {
	Name string
	// Prefixes begin the paths that the surface answers for, whether a route
	// exists there or not.
	Prefixes []string
	Routes   []Route
	// KeyHeader is where a key may stand instead of behind the word Bearer; empty
	// on surfaces that know no other place.
	KeyHeader string
	// Foreign is what a key hears of a workspace that is not its own, existing
	// or not.
	Foreign error
	// Refuse says an error in the surface's words. requestID is for surfaces
	// that show it in the body.
	Refuse func(err error, requestID string) Refusal
	// Refused is a value of the type that Refuse gives as a body, for the
	// published document.
	Refused any
}

// Refusal is an error as a stranger sees it.
type Refusal struct {
	Status      int
	ContentType string
	Body        any
}

// Route is one line of a surface's table.
type Route struct {
	Method string
	// Path names its parameters (":trigger"); ":workspace" must be the key's.
	Path string
	// Needs is the scope that a key must carry; empty lets every key in.
	Needs key.Scope
	// Open lets everybody in, without a key: the call has no workspace and no
	// store.
	Open bool
	// Form says that the body is a form that a page sent, and not JSON.
	Form bool
	// Hook says that the body is whatever somebody sends to a webhook: an Inbound
	// reads it.
	Hook bool
	// Audit is what the audit log calls that which the route does, a noun and a
	// verb: "trigger.pause". It is empty where nothing is changed that people
	// manage.
	Audit string
	// Starts says that the route answers well only after a run was accepted. Its
	// key and trigger need not be asked for before: accepting proves them.
	Starts bool
	// Sees names the parameter of the path that is a run which the route only looks
	// at, with that many of its newest records: they are read with the key.
	Sees    string
	Records int
	Do      Handler
	Doc     Doc
}

// Handler reads, calls one thing and returns what became of it. ctx ends after
// the door's patience, so that a database that is away is told within a second; a handler
// that waits for more uses the request's own context. A nil body sends none,
// a Stream is sent piece by piece, a File, a Page and what is Said as they are.
type Handler func(ctx context.Context, c *Call) (status int, body any, err error)
