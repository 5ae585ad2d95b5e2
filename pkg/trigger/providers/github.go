package providers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/url"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = GitHub{}
	_ trigger.Hooked  = GitHub{}
	_ trigger.Vouched = GitHub{}
)

// GitHub is started by what happens to repositories and organisations.
type GitHub struct{ vendor }

// Kind is "github".
func (GitHub) Kind() string { return "github" }

// Title is for people choosing a kind.
func (GitHub) Title() string { return "GitHub" }

// Description is for people choosing a kind.
func (GitHub) Description() string {
	return "Started by a webhook of GitHub: issues, pull requests, pushes and everything else that it reports."
}

// MaxBody is as much as GitHub sends.
func (GitHub) MaxBody() int { return 25 << 20 }

// CheckSecret takes any text.
func (GitHub) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	return usableBy("github", value)
}

// Verify asks for the SHA-256 signature; the older one proves nothing.
func (GitHub) Verify(_ json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	return verifiedBy("github", h, secrets)
}

// Read takes JSON, and a form that holds it. The delivery's id and the event's
// name are not signed: what came before is known by its signature.
func (GitHub) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	body, err := fromForm(h)
	if err != nil {
		return trigger.Report{}, err
	}
	payload, err := object(body)
	if err != nil {
		return trigger.Report{}, err
	}
	name := h.Header.Get("X-GitHub-Event")
	event := joined(".", name, at(payload, "action"))
	r := trigger.Report{
		ID: m.Proof, Event: event, Actor: at(payload, "sender", "login"), Payload: payload,
		Subject: subjectOf(payload), Handshake: name == "ping",
		Begins: trigger.Event{UserVariables: map[string]any{"payload": payload, "event": event}},
	}
	if r.Handshake {
		r.Answer = &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte("pong")}
		return r, nil
	}
	r.Ignored, err = passedOver(t.Config, event)
	return r, err
}

// subjectOf is "acme/shop#12", or the repository alone.
func subjectOf(payload map[string]any) string {
	number := cmp.Or(at(payload, "issue", "number"), at(payload, "pull_request", "number"), at(payload, "discussion", "number"))
	return joined("#", at(payload, "repository", "full_name"), number)
}

// fromForm is the JSON of a body: the field payload of a form, or all of it. A
// client that calls JSON a form, as curl does of its own accord, is understood.
func fromForm(h trigger.Hook) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(cmp.Or(h.Header.Get("Content-Type"), "application/json"))
	switch {
	case err != nil, kind != "application/json" && kind != formType:
		return nil, fault.New(fault.UnsupportedMediaType, "Content-Type must be application/json or a form")
	case kind == formType && !bytes.HasPrefix(bytes.TrimSpace(h.Body), []byte("{")):
		fields, err := url.ParseQuery(string(h.Body))
		if err != nil {
			return nil, errNotForm
		}
		return []byte(fields.Get("payload")), nil
	}
	return h.Body, nil
}
