package providers

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

// hooked is what most kinds share that are started by webhooks.
type hooked struct{}

// MaxBody is as much as a call may have.
func (hooked) MaxBody() int { return 1 << 20 }

// mapped is the schema of a config that has a mapping, and more properties: JSON
// members with commas between them.
func mapped(more string) json.RawMessage {
	if more != "" {
		more += ","
	}
	return json.RawMessage(`{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    ` + more + `
    "message": {"type": "string", "description": "the first message of a run; a template over payload (or body), headers, query, event and trigger"},
    "user_variables": {"type": "object", "maxProperties": 1000, "description": "session variables of a run, beside those of the kind; templates over the same names"},
    "ignore_actors": {"type": "array", "maxItems": 100, "items": {"type": "string"}, "description": "whose deeds start nothing, such as the name of a bot that the graph writes as"},
    "subject": {"type": "string", "description": "an expression for what a delivery is about: how often one subject starts runs is bounded by the breaker"}
  }
}`)
}

// proved asks a scheme for the match of a request.
func proved(open func() (signature.Scheme, []fault.Detail), h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	scheme, wrong := open()
	if len(wrong) > 0 {
		return signature.Match{}, fault.Invalid(wrong...)
	}
	return scheme.Verify(signature.Request{Header: h.Header, Body: h.Body, Now: h.At, Secrets: secrets})
}

// named is what a sender calls a delivery, in one of the headers that senders
// use.
func named(h http.Header) string {
	for _, name := range []string{"Idempotency-Key", "Webhook-Id", "X-Delivery-Id", "X-Webhook-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

var (
	errNotPayload = fault.New(fault.UnsupportedMediaType, "Content-Type must be JSON, a form or text")
	errNotForm    = fault.New(fault.BadJSON, "the form cannot be read")
)

// mostTokens lets a body of the largest size be read.
const mostTokens = 2_000_000

// payloadOf reads a body as its type says: JSON, a form, or text. Whoever says
// nothing means JSON, and so do tools that call everything a form.
func payloadOf(h trigger.Hook) (any, error) {
	kind := h.Header.Get("Content-Type")
	if kind == "" {
		kind = "application/json"
	}
	kind, _, err := mime.ParseMediaType(kind)
	body := bytes.TrimSpace(h.Body)
	switch {
	case err != nil:
		return nil, errNotPayload
	case len(body) == 0:
		return map[string]any{}, nil
	case kind == "application/json", strings.HasSuffix(kind, "+json"), kind == "text/json":
		return valueOf(body)
	case kind == formType && (body[0] == '{' || body[0] == '['):
		return valueOf(body)
	case kind == formType:
		return formOf(body)
	case strings.HasPrefix(kind, "text/"):
		return strictjson.StorableText(string(h.Body)), nil
	}
	return nil, errNotPayload
}

const formType = "application/x-www-form-urlencoded"

// valueOf reads JSON as senders of webhooks write it: a repeated key is its last
// one, and characters that cannot be stored are replaced.
func valueOf(body []byte) (any, error) {
	storable := strictjson.Storable(bytes.ToValidUTF8(bytes.Clone(body), []byte("\uFFFD")))
	if err := strictjson.Check(storable, strictjson.Limits{Duplicates: true, Tokens: mostTokens}); err != nil {
		return nil, fault.New(fault.BadJSON, "the body is not JSON: %v", err)
	}
	v, err := strictjson.Value(storable)
	if err != nil {
		return nil, fault.New(fault.BadJSON, "the body is not JSON")
	}
	return v, nil
}

// formOf reads a form: a text for each field, or a list where one is repeated.
func formOf(body []byte) (any, error) {
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errNotForm
	}
	payload := make(map[string]any, len(fields))
	for name, texts := range fields {
		name = strictjson.StorableText(name)
		if len(texts) == 1 {
			payload[name] = strictjson.StorableText(texts[0])
			continue
		}
		list := make([]any, len(texts))
		for i, text := range texts {
			list[i] = strictjson.StorableText(text)
		}
		payload[name] = list
	}
	return payload, nil
}
