package providers

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Standard{}
	_ trigger.Hooked  = Standard{}
	_ trigger.Vouched = Standard{}
)

// Standard is started by whoever sends as Standard Webhooks says, which Svix and
// many others do.
type Standard struct{ vendor }

// Kind is "standard".
func (Standard) Kind() string { return "standard" }

// Title is for people choosing a kind.
func (Standard) Title() string { return "Standard Webhooks" }

// Description is for people choosing a kind.
func (Standard) Description() string {
	return "Started by any sender of Standard Webhooks, under these names or those of Svix."
}

// CheckSecret takes whsec_ with the base64 of a secret, or whpk_ with that of a
// public key.
func (Standard) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	return usableBy("standard", value)
}

// Verify asks for a signature of version 1 or 1a, as the secret is.
func (Standard) Verify(_ json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	return verifiedBy("standard", h, secrets)
}

// Read takes JSON, forms and text. The id of the message is signed.
func (Standard) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	payload, err := payloadOf(h)
	if err != nil {
		return trigger.Report{}, err
	}
	r := trigger.Report{ID: m.ID, Event: at(payload, "type"), Payload: payload}
	r.Begins = trigger.Event{UserVariables: map[string]any{"payload": payload, "event": r.Event}}
	r.Ignored, err = passedOver(t.Config, r.Event)
	return r, err
}
