package native

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// senderSecret is what is shown of a trigger's secret: never the secret.
type senderSecret struct {
	ID        uuid.UUID `json:"id"`
	Last4     string    `json:"last4" doc:"Its last characters; empty for a secret of fewer than 16."`
	NotBefore *moment   `json:"not_before" doc:"From when on it counts; null for always."`
	NotAfter  *moment   `json:"not_after" doc:"Until when it counts; null for always."`
	CreatedAt moment    `json:"created_at"`
}

func senderSecretOf(s trigger.Secret) senderSecret {
	return senderSecret{ID: s.ID, Last4: s.Last4, NotBefore: maybe(s.NotBefore), NotAfter: maybe(s.NotAfter), CreatedAt: moment(s.CreatedAt)}
}

// madeSecret is a secret at the one moment at which it may be shown.
type madeSecret struct {
	senderSecret
	Value *string `json:"value" doc:"The secret itself if it was made here. It is shown this once; null when the caller chose it."`
}

// secretWanted asks for a secret of a sender.
type secretWanted struct {
	Value     string     `json:"value" doc:"The secret that the sender has, at most 1024 bytes; one is made when it is left out. Standard Webhooks takes a public key as well: whpk_ and its base64."`
	NotBefore *time.Time `json:"not_before" doc:"From when on it shall count."`
	NotAfter  *time.Time `json:"not_after" doc:"Until when it shall count."`
}

var triggerSecretsDoc = api.Doc{
	ID: "listTriggerSecrets", Summary: "List the secrets of a trigger, oldest first",
	Detail: "By one of them a webhook knows its sender. That they exist; a secret's value is never shown.",
	Gives:  api.Gives{http.StatusOK: list[senderSecret]{}},
}

func (n Native) triggerSecrets(ctx context.Context, c *api.Call) (int, any, error) {
	kept, err := c.Store.TriggerSecrets(ctx, c.Param("trigger"))
	return http.StatusOK, listOf(kept, "", senderSecretOf), err
}

var addTriggerSecretDoc = api.Doc{
	ID: "addTriggerSecret", Summary: "Give a trigger a secret more",
	Detail: "Up to four may count at the same time; those that are over make room.",
	Takes:  secretWanted{}, Optional: true, Gives: api.Gives{http.StatusCreated: madeSecret{}},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

func (n Native) addTriggerSecret(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[secretWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if wanted.NotAfter != nil && (!wanted.NotAfter.After(n.Now()) || wanted.NotBefore != nil && !wanted.NotAfter.After(*wanted.NotBefore)) {
		return 0, nil, one("not_after", "invalid", "not_after is over before the secret counts")
	}
	t, err := n.vouched(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	fresh, shown, err := n.newSecret(c, t, wanted.Value)
	if err != nil {
		return 0, nil, err
	}
	fresh.NotBefore, fresh.NotAfter = wanted.NotBefore, wanted.NotAfter
	_, err = c.Store.ChangeTriggerSecrets(ctx, t.ID.String(), func(kept []trigger.Secret) ([]trigger.Secret, error) {
		return trigger.AddSecret(kept, fresh, n.Now())
	})
	return http.StatusCreated, madeSecret{senderSecretOf(fresh), shown}, err
}

// takeoverWanted puts a secret in the place of all others.
type takeoverWanted struct {
	Value   string  `json:"value" doc:"As for a secret more."`
	Overlap *string `json:"overlap" doc:"How long the others count on: a duration from 0s to 168h, 24h when it is left out."`
}

var rotateTriggerSecretsDoc = api.Doc{
	ID: "rotateTriggerSecrets", Summary: "Put a secret in the place of a trigger's others",
	Detail: "The others count for the overlap. Which secret a delivery was signed with is shown with the delivery.",
	Takes:  takeoverWanted{}, Optional: true, Gives: api.Gives{http.StatusCreated: madeSecret{}},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

func (n Native) rotateTriggerSecrets(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[takeoverWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	overlap, err := overlapOf(wanted.Overlap)
	if err != nil {
		return 0, nil, err
	}
	t, err := n.vouched(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	fresh, shown, err := n.newSecret(c, t, wanted.Value)
	if err != nil {
		return 0, nil, err
	}
	now := n.Now()
	_, err = c.Store.ChangeTriggerSecrets(ctx, t.ID.String(), func(kept []trigger.Secret) ([]trigger.Secret, error) {
		return trigger.RotateSecrets(kept, fresh, now.Add(overlap), now)
	})
	return http.StatusCreated, madeSecret{senderSecretOf(fresh), shown}, err
}

var deleteTriggerSecretDoc = api.Doc{
	ID: "deleteTriggerSecret", Summary: "Take a secret of a trigger away",
	Detail: "It counts no more at once.",
	Gives:  api.Gives{http.StatusNoContent: nil}, Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

func (n Native) deleteTriggerSecret(ctx context.Context, c *api.Call) (int, any, error) {
	id, err := n.reachedTrigger(ctx, c, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	ref := c.Param("secret")
	_, err = c.Store.ChangeTriggerSecrets(ctx, id, func(kept []trigger.Secret) ([]trigger.Secret, error) {
		left := slices.DeleteFunc(slices.Clone(kept), func(s trigger.Secret) bool { return s.ID.String() == ref })
		if len(left) == len(kept) {
			return nil, fault.New(fault.NotFound, "secret %q does not exist", ref)
		}
		return left, nil
	})
	return http.StatusNoContent, nil, err
}

// vouched is the trigger of the path when the key may change it and its kind
// knows senders by secrets.
func (n Native) vouched(ctx context.Context, c *api.Call) (trigger.Trigger, error) {
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return t, err
	}
	return t, reachesAll(c, t.Environments)
}

// maxSecret is in bytes.
const maxSecret = 1024

// checkSecret says why a trigger of a kind cannot have a secret.
func (n Native) checkSecret(kind string, config []byte, value secret.Secret) *fault.Detail {
	wrong := func(format string, args ...any) *fault.Detail {
		return &fault.Detail{Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)}
	}
	provider, _ := n.Providers.Find(kind)
	by, vouched := provider.(trigger.Vouched)
	switch {
	case !vouched:
		return wrong("triggers of kind %s know no sender, and need no secret", kind)
	case len(value) > maxSecret:
		return wrong("a secret has at most %d bytes", maxSecret)
	}
	if err := by.CheckSecret(config, value); err != nil {
		return wrong("%s", err)
	}
	return nil
}

// newSecret seals the given secret, or one that is made and shown this once.
func (n Native) newSecret(c *api.Call, t trigger.Trigger, given string) (trigger.Secret, *string, error) {
	value, shown := secret.Secret(given), (*string)(nil)
	if value == "" {
		made, err := n.randomSecret()
		if err != nil {
			return trigger.Secret{}, nil, err
		}
		value, shown = secret.Secret(made), &made
	}
	if wrong := n.checkSecret(t.Kind, t.Config, value); wrong != nil {
		wrong.Path = "value"
		return trigger.Secret{}, nil, fault.Invalid(*wrong)
	}
	sealed, err := n.sealSender(c, value)
	return sealed, shown, err
}

// randomSecret is as good for every scheme that takes any text, and is of the
// spelling that Standard Webhooks asks for.
func (n Native) randomSecret() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(n.Random, raw); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(raw), nil
}

func (n Native) sealSender(c *api.Call, value secret.Secret) (trigger.Secret, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return trigger.Secret{}, fmt.Errorf("make a secret's id: %w", err)
	}
	s := trigger.Secret{ID: id, Last4: value.Last4(), CreatedAt: n.Now().UTC()}
	s.Sealed, err = n.Secrets.Seal([]byte(value.Reveal()), s.Owner(c.Workspace.ID)...)
	return s, err
}

// settleSecret gives a trigger the secret that its document says, in the place
// of all others. One that it has already stays, with those beside it.
func (n Native) settleSecret(ctx context.Context, c *api.Call, t trigger.Trigger, value secret.Secret) error {
	if value == "" {
		return nil
	}
	fresh, err := n.sealSender(c, value)
	if err != nil {
		return err
	}
	_, err = c.Store.ChangeTriggerSecrets(ctx, t.ID.String(), func(kept []trigger.Secret) ([]trigger.Secret, error) {
		opened, err := trigger.OpenSecrets(n.Secrets, c.Workspace.ID, kept)
		if err != nil {
			return []trigger.Secret{fresh}, nil // they would never be right again
		}
		for i, s := range opened {
			if s.Value == value && kept[i].NotAfter == nil {
				return kept, nil
			}
		}
		return []trigger.Secret{fresh}, nil
	})
	return err
}
