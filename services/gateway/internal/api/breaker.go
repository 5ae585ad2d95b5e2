package api

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
)

const (
	// breakAfter is how many calls in a row must find the database away before
	// the next ones are told so without asking it.
	breakAfter = 5
	// breakFor is how long nobody asks; then one call does for all. It is
	// shorter than the second within which service is to be back.
	breakFor = 500 * time.Millisecond
)

// breaker keeps calls from queueing up before a database that does not answer:
// each would hold its caller, and a connection, for the whole patience.
type breaker = *gobreaker.CircuitBreaker[store.Entry]

// errCaller is what happened to a call whose caller left: it says nothing about
// the database.
var errCaller = errors.New("the caller has left")

func newBreaker() breaker {
	return gobreaker.NewCircuitBreaker[store.Entry](gobreaker.Settings{
		Timeout:      breakFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, fault.Unavailable) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errCaller) },
	})
}

// login asks the store whose key it is, and on the way what trigger the path
// names. It is the first question of every call, so it is here that a database
// which is away is noticed, and its return too.
func (a *API) login(ctx context.Context, c *Call, mac []byte) (store.Entry, error) {
	return a.careful(c, func() (store.Entry, error) { return a.ask(ctx, c, mac) })
}

// careful asks the first question of a call, unless the database is known to be
// away.
func (a *API) careful(c *Call, ask func() (store.Entry, error)) (store.Entry, error) {
	found, err := a.breaker.Execute(func() (store.Entry, error) {
		entry, err := ask()
		if err != nil && c.Request.Context().Err() != nil {
			err = errors.Join(errCaller, err)
		}
		return entry, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		c.refused = "breaker"
		err = fault.Wrap(err, fault.Unavailable, "the service is temporarily unavailable")
	}
	return found, err
}

// ask is one question for a call that starts something, by its path, one for a
// call that looks at a run, and the shortest for all others.
func (a *API) ask(ctx context.Context, c *Call, mac []byte) (store.Entry, error) {
	if id, ok := c.sees(); ok {
		return a.look(ctx, c, mac, id)
	}
	if trigger, environment, ok := c.aim(); ok {
		entry, err := a.Store.Enter(ctx, mac, trigger, environment)
		c.aimed = err == nil
		return entry, err
	}
	k, ws, err := a.Store.Authenticate(ctx, mac)
	return store.Entry{Key: k, Workspace: ws}, err
}
