package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/gateway/internal/peer"
)

var errUnauthenticated = fault.New(fault.Unauthenticated, "Invalid authentication credentials")

// authenticate finds out whose call it is. Every failure sounds the same. The
// tenant comes from the key alone, and the key is read each time, so that one
// that was revoked opens nothing any more.
func (a *API) authenticate(ctx context.Context, c *Call) error {
	printed, err := credential(c.Request)
	if err != nil {
		return err
	}
	entry, err := a.login(ctx, c, key.MAC(a.Pepper, printed))
	now := a.Now()
	k, ws := entry.Key, entry.Workspace
	switch {
	case errors.Is(err, fault.Unauthenticated), err == nil && !k.Live(now):
		return a.wrong(c, now)
	case err != nil:
		return err
	}
	c.Key, c.Workspace, c.Store, c.entry = k, ws, a.Store.In(ws.ID), entry
	if k.LastUsedAt == nil || now.Sub(*k.LastUsedAt) >= time.Minute {
		// Only a note for people: that it is late or missing harms nobody.
		_ = a.Store.TouchKey(ctx, k.ID, now)
	}
	return a.within(c, now)
}

// wrong counts a well-formed key that opens nothing. Who guesses many is told
// to slow down; a right key from the same address still works, because many
// callers may share one.
func (a *API) wrong(c *Call, now time.Time) error {
	a.Metrics.wrong.Inc()
	if wait, many := a.guesses.wrong(peer.Group(c.Peer), now); many {
		c.refused = "guesses"
		return fault.New(fault.RateLimited, "Too many requests").After(wait)
	}
	return errUnauthenticated
}

// credential reads the key from a request without asking anybody.
func credential(r *http.Request) (secret.Secret, error) {
	if keyInQuery(r) {
		return "", fault.New(fault.KeyInQuery, "API keys must be sent in the Authorization header")
	}
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", errUnauthenticated
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errUnauthenticated
	}
	printed, err := key.Parse(strings.TrimSpace(text))
	if err != nil {
		return "", errUnauthenticated
	}
	return printed, nil
}

var ourKey = regexp.MustCompile(key.Pattern)

// keyInQuery says whether somebody put a key where access logs would keep it.
// No route has parameters of these names, and one of our own keys is known
// under any name.
func keyInQuery(r *http.Request) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	if ourKey.MatchString(r.URL.RawQuery) {
		return true
	}
	for name := range r.URL.Query() {
		switch strings.ToLower(name) {
		case "key", "api_key", "apikey", "api-key", "x-api-key", "token", "access_token", "auth", "authorization", "bearer":
			return true
		}
	}
	return false
}
