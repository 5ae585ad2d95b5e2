package native

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// keysQuery chooses keys.
type keysQuery struct {
	pageQuery
	Status     string `query:"status" doc:"live for the keys that open something, ended for the others."`
	UnusedDays int    `query:"unused_days" doc:"Keys that nobody has used for so many days, and that are as old."`
}

var keysDoc = api.Doc{
	ID: "listKeys", Summary: "List the keys of a workspace", Query: keysQuery{},
	Gives: api.Gives{http.StatusOK: list[keyDocument]{}}, Refuses: []fault.Code{fault.UnknownField},
}

func (n Native) keys(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, keysQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := keyFilter(c, n.Now())
	if err != nil {
		return 0, nil, err
	}
	keys, next, err := c.Store.Keys(ctx, p, filter)
	return http.StatusOK, listOf(keys, next, n.keyOf), err
}

func keyFilter(c *api.Call, now time.Time) (f store.KeyFilter, err error) {
	switch c.Query().Get("status") {
	case "":
	case "live":
		f.Live = now
	case "ended":
		f.Ended = now
	default:
		return f, one("status", "invalid", "status is live or ended")
	}
	if text := c.Query().Get("unused_days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > mostUnused {
			return f, one("unused_days", "invalid", fmt.Sprintf("unused_days is a whole number from 1 to %d", mostUnused))
		}
		f.UnusedSince = now.AddDate(0, 0, -days)
	}
	return f, nil
}

// mostUnused is as many days as anybody may ask for.
const mostUnused = 3650

// statusOf says in a word what became of a key.
func statusOf(k key.Key, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case !k.Live(now):
		return "expired"
	case k.Successor != nil:
		return "replaced"
	}
	return "live"
}

// longLife is how long a key may be good for before somebody should ask why.
const longLife = 365 * 24 * time.Hour

// longLived warns of a key that will still open something when nobody remembers
// it. A key without an end is the worst of them.
func (n Native) longLived(k key.Key) []notice {
	switch {
	case k.ExpiresAt == nil:
		return []notice{{"no_expiry", "this key never expires: give it expires_at, or rotate it from time to time"}}
	case k.ExpiresAt.Sub(n.Now()) > longLife:
		return []notice{{"long_expiry", "this key is good for more than a year: a shorter expires_at is safer"}}
	}
	return []notice{}
}

// scopesDocument lists what a key may be allowed.
type scopesDocument struct {
	Scopes  []key.Scope            `json:"scopes"`
	Presets map[string][]key.Scope `json:"presets" doc:"Sets of scopes that bear a name."`
}

var scopesDoc = api.Doc{
	ID: "listScopes", Summary: "List the scopes of keys, and the presets",
	Gives: api.Gives{http.StatusOK: scopesDocument{}},
}

// scopes lists what a key may be allowed, for whoever chooses.
func (n Native) scopes(context.Context, *api.Call) (int, any, error) {
	return http.StatusOK, scopesDocument{slices.Clone(key.Scopes), key.Presets}, nil
}
