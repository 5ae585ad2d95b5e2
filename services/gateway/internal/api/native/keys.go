package native

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// keyDocument is what is shown of a key: never the key.
type keyDocument struct {
	ID           uuid.UUID   `json:"id"`
	Name         string      `json:"name"`
	Status       string      `json:"status" doc:"live, replaced (live, and its successor bears the name), expired or revoked"`
	Handle       string      `json:"handle" doc:"How the key begins."`
	Last4        string      `json:"last4" doc:"How the key ends."`
	Scopes       []key.Scope `json:"scopes"`
	Environments []string    `json:"environments" doc:"Where it works; none means everywhere."`
	CreatedAt    moment      `json:"created_at"`
	CreatedBy    string      `json:"created_by"`
	ExpiresAt    *moment     `json:"expires_at"`
	// ExpiresIn are whole seconds, 0 when it has expired.
	ExpiresIn  *int64  `json:"expires_in" doc:"Whole seconds, 0 when it has expired; null when it never does."`
	RevokedAt  *moment `json:"revoked_at"`
	LastUsedAt *moment `json:"last_used_at" doc:"To the minute."`
	// ReplacedBy is the key that took the name when this one was rotated.
	ReplacedBy *uuid.UUID `json:"replaced_by" doc:"The key that took the name when this one was rotated."`
}

func (n Native) keyOf(k key.Key) keyDocument {
	return keyDocument{
		ID: k.ID, Name: k.Name, Status: statusOf(k, n.Now()), Handle: k.Handle, Last4: k.Last4,
		Scopes: append([]key.Scope{}, k.Scopes...), Environments: append([]string{}, k.Environments...),
		CreatedAt: moment(k.CreatedAt), CreatedBy: k.CreatedBy,
		ExpiresAt: maybe(k.ExpiresAt), ExpiresIn: seconds(k.ExpiresAt, n.Now()),
		RevokedAt: maybe(k.RevokedAt), LastUsedAt: maybe(k.LastUsedAt), ReplacedBy: k.Successor,
	}
}

// seconds is how long it is until a moment that may never come.
func seconds(until *time.Time, now time.Time) *int64 {
	if until == nil {
		return nil
	}
	left := int64(max(0, until.Sub(now)) / time.Second)
	return &left
}

// shownKey is a key at the one moment at which it is shown.
type shownKey struct {
	keyDocument
	Key string `json:"key" doc:"The key itself. It is shown this once."`
	// Warnings are about a key that is allowed and may not be meant.
	Warnings []notice `json:"warnings"`
}

func (n Native) shownKeyOf(k key.Key, printed secret.Secret) shownKey {
	return shownKey{n.keyOf(k), printed.Reveal(), n.longLived(k)}
}

// keyWanted asks for a key. A value is one that callers hold already.
type keyWanted struct {
	Name         string     `json:"name" required:"true"`
	Preset       string     `json:"preset" doc:"invoke, operator or admin, in place of scopes."`
	Scopes       []string   `json:"scopes"`
	Environments []string   `json:"environments" doc:"Where it shall work; none means everywhere."`
	ExpiresAt    *time.Time `json:"expires_at"`
	Value        string     `json:"value" doc:"A key that callers hold already, 32 to 512 printable ASCII characters."`
}

var createKeyDoc = api.Doc{
	ID: "createKey", Summary: "Make a key",
	Detail: "A key grants no more than the one that makes it. The key itself is in this answer and in no other.",
	Takes:  keyWanted{}, Gives: api.Gives{http.StatusCreated: shownKey{}},
	Refuses: []fault.Code{fault.Conflict},
}

func (n Native) createKey(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[keyWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	scopes, environments, err := key.Wanted{Preset: wanted.Preset, Scopes: wanted.Scopes, Environments: wanted.Environments}.Parse()
	if err != nil {
		return 0, nil, err
	}
	if err := key.Grant(c.Key, scopes, environments, wanted.ExpiresAt); err != nil {
		return 0, nil, err
	}
	if wanted.ExpiresAt != nil && !wanted.ExpiresAt.After(n.Now()) {
		return 0, nil, one("expires_at", "invalid", "expires_at is in the past")
	}
	printed, err := n.printed(wanted.Value)
	if err != nil {
		return 0, nil, err
	}
	k, err := c.Store.CreateKey(ctx, key.Key{
		Name: wanted.Name, Handle: key.Handle(printed), Last4: printed.Last4(),
		Scopes: scopes, Environments: environments, CreatedBy: c.By(), ExpiresAt: wanted.ExpiresAt,
	}, key.MAC(n.Pepper, printed))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, n.shownKeyOf(k, printed), nil
}

// printed is a new key, or the given one if it may be a key.
func (n Native) printed(value string) (secret.Secret, error) {
	if value == "" {
		return key.New(n.Random)
	}
	given, err := key.Parse(value)
	if err != nil {
		return "", one("value", "invalid", "a given key has 32 to 512 printable ASCII characters")
	}
	return given, nil
}

var keyDoc = api.Doc{
	ID: "getKey", Summary: "Read what is known of a key",
	Gives: api.Gives{http.StatusOK: keyDocument{}},
}

func (n Native) key(ctx context.Context, c *api.Call) (int, any, error) {
	k, err := c.Store.Key(ctx, c.Param("key"))
	return http.StatusOK, n.keyOf(k), err
}
