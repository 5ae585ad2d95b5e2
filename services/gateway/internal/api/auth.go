package api

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/peer"
)

var errUnauthenticated = fault.New(fault.Unauthenticated, "Invalid authentication credentials")

// authenticate finds out whose call it is. Every failure sounds the same. The
// tenant comes from the key alone, and the key is asked for each time, so that
// one that was revoked opens nothing any more. Where the database is asked later
// anyway, recall lets it do with what is remembered until then.
func (a *API) authenticate(c *Call, s *Surface, recall bool) error {
	printed, err := credential(c.Request, s.KeyHeader)
	if err != nil {
		return err
	}
	mac, now := a.hasher.MAC(printed), a.Now()
	if recall && a.recall(c, mac, now) {
		return nil
	}
	ctx := a.patiently(c)
	defer ctx.End()
	entry, err := a.login(ctx, c, mac)
	switch {
	case errors.Is(err, fault.Unauthenticated), err == nil && !entry.Key.Live(now):
		return a.wrong(c, now)
	case err != nil:
		return err
	}
	a.let(c, entry, nil)
	if !used(entry.Key, now) {
		// Only a note for people: that it is late or missing harms nobody.
		_ = a.Store.TouchKey(ctx, entry.Key.ID, now)
	}
	return nil
}

// recall lets a call in by what is remembered of its key and its trigger.
func (a *API) recall(c *Call, mac []byte, now time.Time) bool {
	trigger, environment, ok := c.aim()
	if !ok {
		return false
	}
	entry, ok := a.Store.Recall(mac, trigger, environment)
	if !ok || !entry.Key.Live(now) || !used(entry.Key, now) {
		return false
	}
	c.aimed = true
	a.let(c, entry, entry.Basis())
	return true
}

// let makes the call that of the key.
func (a *API) let(c *Call, entry store.Entry, basis *store.Basis) {
	c.Key, c.Workspace, c.target, c.missing, c.basis = entry.Key, entry.Workspace, entry.Target, entry.Missing, basis
	c.Store = a.Store.In(entry.Workspace.ID)
	if basis != nil {
		c.Store = c.Store.Upon(basis)
	}
}

// unproven says that the call was let in by what was recalled, and that nothing
// has proven it since.
func (c *Call) unproven() bool { return c.basis != nil && !c.basis.Proven() }

// used says whether the last use of the key is noted well enough.
func used(k key.Key, now time.Time) bool {
	return k.LastUsedAt != nil && now.Sub(*k.LastUsedAt) < time.Minute
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

// credential reads the key from a request without asking anybody. What stands in
// a surface's own header goes before the usual one.
func credential(r *http.Request, header string) (secret.Secret, error) {
	if keyInQuery(r) {
		return "", fault.New(fault.KeyInQuery, "API keys must be sent in the Authorization header")
	}
	if header != "" && len(r.Header.Values(header)) > 0 {
		return oneKey(r.Header.Values(header))
	}
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return "", errUnauthenticated
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errUnauthenticated
	}
	return oneKey([]string{text})
}

// oneKey reads the values of a header that holds a key and nothing else.
func oneKey(values []string) (secret.Secret, error) {
	if len(values) != 1 {
		return "", errUnauthenticated
	}
	printed, err := key.Parse(strings.TrimSpace(values[0]))
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
