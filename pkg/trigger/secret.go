package trigger

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
)

// Secret is one of the secrets by which a webhook knows its sender, as it is
// kept.
type Secret struct {
	ID     uuid.UUID `json:"id"`
	Sealed []byte    `json:"sealed,omitempty"`
	Last4  string    `json:"last4"`
	// It counts from NotBefore to before NotAfter; nil sets no bound.
	NotBefore *time.Time `json:"not_before,omitempty"`
	NotAfter  *time.Time `json:"not_after,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
}

// Owner are the words that the secret is sealed for.
func (s Secret) Owner(workspace uuid.UUID) []string {
	return []string{workspace.String(), "trigger", s.ID.String()}
}

// over says whether the secret will never count again.
func (s Secret) over(now time.Time) bool { return s.NotAfter != nil && !now.Before(*s.NotAfter) }

// Vouched is implemented by providers whose senders prove who they are with a
// secret of the trigger.
type Vouched interface {
	// CheckSecret says why a secret cannot be used with a config, or nil.
	CheckSecret(config json.RawMessage, value secret.Secret) error
}

// Opener opens what was sealed for an owner.
type Opener interface {
	Open(sealed []byte, owner ...string) ([]byte, error)
}

// OpenSecrets makes the secrets of a trigger usable, in their order.
func OpenSecrets(o Opener, workspace uuid.UUID, kept []Secret) ([]signature.Secret, error) {
	out := make([]signature.Secret, len(kept))
	for i, s := range kept {
		plain, err := o.Open(s.Sealed, s.Owner(workspace)...)
		if err != nil {
			return nil, fmt.Errorf("open secret %s: %w", s.ID, err)
		}
		out[i].Value = secret.Secret(plain)
		if s.NotBefore != nil {
			out[i].NotBefore = *s.NotBefore
		}
		if s.NotAfter != nil {
			out[i].NotAfter = *s.NotAfter
		}
	}
	return out, nil
}

// AddSecret is a list with one secret more. Those that are over make room for it;
// when as many as there may be are left, fault.Conflict.
func AddSecret(kept []Secret, s Secret, now time.Time) ([]Secret, error) {
	var out []Secret
	for _, old := range kept {
		if !old.over(now) {
			out = append(out, old)
		}
	}
	if len(out) >= signature.MostSecrets {
		return nil, fault.New(fault.Conflict, "the trigger has %d secrets, and no more may: take one away first", signature.MostSecrets)
	}
	return append(out, s), nil
}

// RotateSecrets is a list in which a new secret takes over: those before it end
// at a moment, or earlier where they do already.
func RotateSecrets(kept []Secret, s Secret, end, now time.Time) ([]Secret, error) {
	out := make([]Secret, len(kept))
	for i, old := range kept {
		if old.NotAfter == nil || old.NotAfter.After(end) {
			old.NotAfter = &end
		}
		out[i] = old
	}
	return AddSecret(out, s, now)
}
