package providers

import (
	"cmp"
	"encoding/json"
	"maps"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Jira{}
	_ trigger.Hooked  = Jira{}
	_ trigger.Vouched = Jira{}
)

// Jira is started by what happens to issues.
type Jira struct{ vendor }

// Kind is "jira".
func (Jira) Kind() string { return "jira" }

// Title is for people choosing a kind.
func (Jira) Title() string { return "Jira" }

// Description is for people choosing a kind.
func (Jira) Description() string {
	return "Started by a webhook of Jira; its fields are the session variables of the run, issue_key among them."
}

// CheckSecret takes any text.
func (Jira) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	return usableBy("atlassian", value)
}

// Verify asks for Atlassian's signature.
func (Jira) Verify(_ json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	return verifiedBy("atlassian", h, secrets)
}

// Read makes the fields of the body variables. The header that names a delivery
// is not signed, and the signature is the same when Jira sends it again: only
// that cannot be invented.
func (Jira) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	payload, err := object(h.Body)
	if err != nil {
		return trigger.Report{}, err
	}
	r := trigger.Report{
		ID: m.Proof, Event: at(payload, "webhookEvent"), Subject: at(payload, "issue", "key"), Payload: payload,
		Actor: cmp.Or(at(payload, "user", "accountId"), at(payload, "comment", "author", "accountId"), at(payload, "user", "name")),
	}
	variables := maps.Clone(payload)
	if _, taken := variables["issue_key"]; !taken && r.Subject != "" {
		variables["issue_key"] = r.Subject
	}
	r.Begins = trigger.Event{UserVariables: variables}
	r.Ignored, err = passedOver(t.Config, r.Event)
	return r, err
}
