package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Sealer encrypts so that only the same owner's words open it again.
type Sealer interface {
	Seal(plain []byte, owner ...string) ([]byte, error)
	Open(sealed []byte, owner ...string) ([]byte, error)
}

// secretDocument tells a secret apart from others without telling it.
type secretDocument struct {
	Name      string `json:"name"`
	Last4     string `json:"last4" doc:"Its last characters; empty for a secret of fewer than 16."`
	Version   int    `json:"version" doc:"Counts the values that it has had."`
	UpdatedAt moment `json:"updated_at"`
}

func secretOf(name string, info store.SecretInfo) secretDocument {
	return secretDocument{Name: name, Last4: info.Last4, Version: info.Version, UpdatedAt: moment(info.UpdatedAt)}
}

func secretValueOf(v store.Value) secretDocument {
	return secretOf(v.Name, store.SecretInfo{Last4: v.Last4, Version: v.Version, UpdatedAt: v.UpdatedAt})
}

var secretsDoc = api.Doc{
	ID: "listSecrets", Summary: "List the secrets of an environment, by name", Query: pageQuery{},
	Detail: "That they exist. A secret's value is never shown.",
	Gives:  api.Gives{http.StatusOK: list[secretDocument]{}},
}

func (n Native) secrets(ctx context.Context, c *api.Call) (int, any, error) {
	return listValues(ctx, c, store.SecretValue, secretValueOf)
}

var secretDoc = api.Doc{
	ID: "getSecret", Summary: "Read what is known of a secret",
	Gives: api.Gives{http.StatusOK: secretDocument{}},
}

func (n Native) secret(ctx context.Context, c *api.Call) (int, any, error) {
	return readValue(ctx, c, store.SecretValue, secretValueOf)
}

var putSecretDoc = api.Doc{
	ID: "putSecret", Summary: "Set a secret of an environment",
	Detail: "It is sealed at once: it can be replaced and taken away, never read again.",
	Takes:  valueWanted{}, Gives: api.Gives{http.StatusOK: secretDocument{}},
	Refuses: []fault.Code{fault.Conflict},
}

// putSecret seals a value for this workspace, environment and name. It can be
// replaced and deleted, never read again. The value that is there already
// changes nothing, not even the version.
func (n Native) putSecret(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[valueWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if wanted.Value == "" {
		return 0, nil, one("value", "invalid", "a secret is not empty")
	}
	name := c.Param("name")
	kept, err := c.Store.SealedSecrets(ctx, environment)
	if err != nil {
		return 0, nil, err
	}
	if n.holds(c, environment, name, kept[name], wanted.Value) {
		c.Unaltered()
	} else if err := n.seal(ctx, c, environment, name, wanted.Value); err != nil {
		return 0, nil, err
	}
	return readValue(ctx, c, store.SecretValue, secretValueOf)
}

// holds says whether a kept secret is this value. One that does not open holds
// nothing.
func (n Native) holds(c *api.Call, environment, name string, kept store.Sealed, value string) bool {
	if kept.Version == 0 {
		return false
	}
	plain, err := n.Secrets.Open(kept.Bytes, c.Workspace.ID.String(), environment, name)
	return err == nil && string(plain) == value
}

func (n Native) seal(ctx context.Context, c *api.Call, environment, name, value string) error {
	sealed, err := n.Secrets.Seal([]byte(value), c.Workspace.ID.String(), environment, name)
	if err != nil {
		return err
	}
	return c.Store.PutSecret(ctx, environment, name, sealed, secret.Secret(value).Last4())
}

var deleteSecretDoc = api.Doc{
	ID: "deleteSecret", Summary: "Take a secret of an environment away",
	Gives: api.Gives{http.StatusNoContent: nil},
}

func (n Native) deleteSecret(ctx context.Context, c *api.Call) (int, any, error) {
	return n.deleteValue(ctx, c, store.SecretValue)
}
