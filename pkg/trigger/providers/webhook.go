package providers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Webhook{}
	_ trigger.Hooked  = Webhook{}
	_ trigger.Vouched = Webhook{}
)

// Webhook is the webhook of the published surfaces: a secret in a header or a
// signature made of it, any body, a prompt with words from it.
type Webhook struct{ hooked }

// Kind is "webhook".
func (Webhook) Kind() string { return trigger.KindWebhook }

// Title is for people choosing a kind.
func (Webhook) Title() string { return "Webhook" }

// Description is for people choosing a kind.
func (Webhook) Description() string {
	return "Started by any request that bears the secret in X-Trigger-Secret, or a signature that was made with it."
}

// webhookConfig is what the kind adds to the mapping.
type webhookConfig struct {
	AgentPrompt      string                     `json:"agent_prompt"`
	TriggerVariables []string                   `json:"trigger_variables"`
	Events           []string                   `json:"events"`
	Filters          map[string]json.RawMessage `json:"filters"`
	Open             bool                       `json:"open"`
}

func webhookOf(config json.RawMessage) (c webhookConfig, err error) {
	if len(config) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return c, fmt.Errorf("read the config: %w", err)
	}
	return c, nil
}

func (c webhookConfig) prompt() prompt { return prompt{c.AgentPrompt, c.TriggerVariables} }

// Schema is the prompt, what is let through, and the mapping.
func (Webhook) Schema() json.RawMessage {
	return mapped(`"agent_prompt": {"type": "string", "description": "the first message of a run, with {{payload}}, {{any.field}} of the body, {{headers.user_agent}}, {{trigger.name}}; without it the body is told as it is"},
    "trigger_variables": {"type": "array", "maxItems": 100, "items": {"type": "string"}, "description": "placeholders that stay as they are where there is nothing for them"},
    "events": {"type": "array", "maxItems": 100, "items": {"type": "string"}, "description": "which events start runs, as the body's event or type or the header X-Event-Type names them; all when it is left out"},
    "filters": {"type": "object", "maxProperties": 100, "description": "what fields of the body must be, by path"},
    "open": {"type": "boolean", "description": "lets everybody start the trigger who knows its URL, as long as it has no secret"}`)
}

// Check reads the prompt and the mapping.
func (Webhook) Check(config json.RawMessage, _ time.Time) []fault.Detail {
	c, err := webhookOf(config)
	if err != nil {
		return []fault.Detail{{Code: string(fault.CodeInvalid), Message: err.Error()}}
	}
	wrong := trigger.CheckMapping(config)
	if err := c.prompt().check(); err != nil {
		wrong = append(wrong, fault.Detail{Path: "agent_prompt", Code: "bad_template", Message: err.Error()})
	}
	return wrong
}

// proofs are how senders of the published surfaces prove the secret, by the
// header that they do it in.
func proofs() []signature.Config {
	return []signature.Config{
		{Scheme: "header"},
		{Scheme: "github"},
		{Scheme: "hmac"},
		{Scheme: "hmac", HMAC: signature.HMAC{Header: "X-Kortix-Signature"}},
		{Scheme: "standard"},
		{Scheme: "composio"},
	}
}

// CheckSecret takes any text, and the public key of a sender of Standard Webhooks,
// which then proves in no other way.
func (Webhook) CheckSecret(_ json.RawMessage, value secret.Secret) error {
	if usableBy("standard", value) == nil {
		return nil
	}
	return usableBy("header", value)
}

// Verify asks every scheme; the first that vouches is enough. A proof that is
// there and wrong is told rather than one that is not there.
func (Webhook) Verify(config json.RawMessage, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	if len(secrets) == 0 {
		return unproved(config)
	}
	refusal := error(signature.Missing)
	for _, c := range proofs() {
		m, err := proved(c.Open, h, secrets)
		switch {
		case err == nil:
			return m, nil
		case errors.Is(err, signature.NoSecret): // none that is of this scheme
		case errors.Is(refusal, signature.Missing), errors.Is(err, signature.Stale):
			refusal = err
		}
	}
	return signature.Match{}, refusal
}

// unproved is the match of a trigger that has no secret.
func unproved(config json.RawMessage) (signature.Match, error) {
	switch c, err := webhookOf(config); {
	case err != nil:
		return signature.Match{}, err
	case c.Open:
		return signature.Match{Secret: trigger.Unverified}, nil
	}
	return signature.Match{}, signature.NoSecret
}

// Read takes any body: what is no JSON is an empty object, and what is JSON and
// no object stands under "payload".
func (Webhook) Read(t trigger.Trigger, h trigger.Hook, m signature.Match) (trigger.Report, error) {
	c, err := webhookOf(t.Config)
	if err != nil {
		return trigger.Report{}, err
	}
	payload := looseObject(h.Body)
	r := trigger.Report{
		ID:    cmp.Or(m.ID, m.Proof, named(h.Header), h.Header.Get("X-Kortix-Delivery-Id")),
		Event: strictjson.StorableText(cmp.Or(at(payload, "event"), at(payload, "type"), h.Header.Get("X-Event-Type"))), Payload: payload,
	}
	if r.Ignored, err = c.ignores(r.Event, payload); err != nil {
		return trigger.Report{}, err
	}
	r.Begins.UserVariables = map[string]any{"payload": payload}
	if r.Begins.Message, err = c.message(t, h, payload); err != nil {
		return trigger.Report{}, fault.New(fault.PayloadTooLarge, "%s", err)
	}
	return r, nil
}

func looseObject(body []byte) map[string]any {
	value, err := valueOf(body)
	if err != nil {
		return map[string]any{}
	}
	if object, ok := value.(map[string]any); ok {
		return object
	}
	return map[string]any{"payload": value}
}

// ignores says why the config does not care for an event, or nothing.
func (c webhookConfig) ignores(event string, payload map[string]any) (string, error) {
	if len(c.Events) > 0 && !slices.Contains(c.Events, event) {
		return fmt.Sprintf("the event %q is none of %s", event, strings.Join(c.Events, ", ")), nil
	}
	for _, path := range slices.Sorted(maps.Keys(c.Filters)) {
		want, err := strictjson.Value(c.Filters[path])
		if err != nil {
			return "", fmt.Errorf("read the filter %q: %w", path, err)
		}
		if got := inside(payload, path); !reflect.DeepEqual(got, want) {
			return fmt.Sprintf("%s is %s and not %s", path, asJSON(got, ""), asJSON(want, "")), nil
		}
	}
	return "", nil
}

// inside is what a path finds, nil when it finds nothing.
func inside(payload any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := payload.(map[string]any)
		payload = object[name]
	}
	return payload
}

// message is the prompt, filled, or what a run is told without one.
func (c webhookConfig) message(t trigger.Trigger, h trigger.Hook, payload map[string]any) (string, error) {
	if strings.TrimSpace(c.AgentPrompt) == "" {
		return "Process webhook data: " + asJSON(payload, ""), nil
	}
	names := maps.Clone(payload)
	maps.Copy(names, map[string]any{
		"payload": payload, "body": payload,
		"headers":      map[string]any{"content_type": firstOf(h.Header, "Content-Type"), "user_agent": firstOf(h.Header, "User-Agent")},
		"webhook_id":   firstOf(h.Header, "Webhook-Id"),
		"trigger_slug": t.Name,
		"trigger":      map[string]any{"id": t.ID.String(), "name": cmp.Or(t.Title, t.Name), "type": t.Kind, "slug": t.Name},
		"fired_at":     h.At.UTC().Format(time.RFC3339),
	})
	return c.prompt().fill(names)
}

func firstOf(h http.Header, name string) string { return strictjson.StorableText(h.Get(name)) }
