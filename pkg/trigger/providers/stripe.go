package providers

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Stripe{}
	_ trigger.Hooked  = Stripe{}
	_ trigger.Vouched = Stripe{}
)

// Stripe is started by the events of an account.
type Stripe struct{ vendor }

// Kind is "stripe".
func (Stripe) Kind() string { return "stripe" }

// Title is for people choosing a kind.
func (Stripe) Title() string { return "Stripe" }

// Description is for people choosing a kind.
func (Stripe) Description() string {
	return "Started by the events of a Stripe account: payments, invoices, subscriptions."
}

// CheckSecret takes the endpoint's signing secret.
func (Stripe) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	return usableBy("stripe", value)
}

// Verify asks for a signature of version 1, with its time.
func (Stripe) Verify(_ json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	return verifiedBy("stripe", h, secrets)
}

// Read takes the event. Its id is signed, and the same when it is sent again.
func (Stripe) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	payload, err := object(h.Body)
	if err != nil {
		return trigger.Report{}, err
	}
	r := trigger.Report{
		ID: m.Proof, Event: at(payload, "type"), Subject: at(payload, "data", "object", "id"), Payload: payload,
	}
	if id := at(payload, "id"); id != "" {
		r.ID = joined("/", at(payload, "account"), id)
	}
	r.Begins = trigger.Event{UserVariables: map[string]any{"payload": payload, "event": r.Event}}
	r.Ignored, err = passedOver(t.Config, r.Event)
	return r, err
}
