package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var revokeKeyDoc = api.Doc{
	ID: "revokeKey", Summary: "End a key",
	Detail: "The next call with it is refused, and with those that it replaced.",
	Gives:  api.Gives{http.StatusNoContent: nil}, Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// revokeKey ends a key and those that it replaced: the next call with one of
// them is refused. It takes a key that reaches wherever the other one works.
func (n Native) revokeKey(ctx context.Context, c *api.Call) (int, any, error) {
	for {
		k, err := c.Store.Key(ctx, c.Param("key"))
		if err != nil {
			return 0, nil, err
		}
		if err := reachesAll(c, k.Environments); err != nil {
			return 0, nil, err
		}
		ended, err := c.Store.RevokeKey(ctx, k.ID.String(), n.Now())
		if err != nil {
			return 0, nil, err
		}
		if k.Successor != nil || ended.Successor == nil {
			return http.StatusNoContent, nil, nil
		}
		// Somebody rotated it meanwhile: the name has a new bearer.
	}
}

const (
	usualOverlap = 24 * time.Hour
	// longestOverlap is how long a key that was given up may be good for.
	longestOverlap = 7 * 24 * time.Hour
)

// rotatedKey is the new key, beside what became of the old one.
type rotatedKey struct {
	shownKey
	Replaces keyDocument `json:"replaces" doc:"What became of the old key."`
}

// rotationWanted says how long both keys work.
type rotationWanted struct {
	Overlap *string `json:"overlap" doc:"How long the old key works on: a duration from 0s to 168h, 24h when it is left out."`
}

var rotateKeyDoc = api.Doc{
	ID: "rotateKey", Summary: "Put a new key in the place of one",
	Detail: "It bears the name of the old one and may do the same. Both work for the overlap.",
	Takes:  rotationWanted{}, Optional: true, Gives: api.Gives{http.StatusCreated: rotatedKey{}},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

// rotateKey puts a new key in the place of one and lets the old one work on for
// the overlap. Whoever rotates a key learns one: it takes a key that may make
// such a key, and reaches wherever the old one works. A key that was replaced
// itself may not: it was given up, and must not win its successor's place.
func (n Native) rotateKey(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[rotationWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	overlap, err := overlapOf(wanted.Overlap)
	if err != nil {
		return 0, nil, err
	}
	k, err := c.Store.Key(ctx, c.Param("key"))
	if err != nil {
		return 0, nil, err
	}
	if c.Key.Successor != nil {
		return 0, nil, fault.New(fault.Forbidden, "this key was rotated: use its successor")
	}
	if err := reachesAll(c, k.Environments); err != nil {
		return 0, nil, err
	}
	if err := key.Grant(c.Key, k.Scopes, k.Environments, k.ExpiresAt); err != nil {
		return 0, nil, err
	}
	printed, err := key.New(n.Random)
	if err != nil {
		return 0, nil, err
	}
	fresh := key.Key{Handle: key.Handle(printed), Last4: printed.Last4(), CreatedBy: c.By()}
	made, old, err := c.Store.RotateKey(ctx, k.ID.String(), fresh, key.MAC(n.Pepper, printed), n.Now(), overlap)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, rotatedKey{n.shownKeyOf(made, printed), n.keyOf(old)}, nil
}

func overlapOf(text *string) (time.Duration, error) {
	if text == nil {
		return usualOverlap, nil
	}
	overlap, err := time.ParseDuration(*text)
	if err != nil || overlap < 0 || overlap > longestOverlap {
		return 0, one("overlap", "invalid", "an overlap is a duration from 0s to 168h, such as 24h")
	}
	return overlap, nil
}
