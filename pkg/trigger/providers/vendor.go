package providers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

// chosen is the schema of a choice among the sender's events.
const chosen = `"events": {
      "type": "array", "maxItems": 100, "items": {"type": "string", "minLength": 1},
      "description": "which events start runs: \"issues\" with all that is said behind a full stop, \"issues.opened\" alone, or \"pull_request.*\"; all when it is left out"
    }`

// vendor is what the kinds share whose sender is one product.
type vendor struct{ hooked }

// Schema is a choice of events, and the mapping.
func (vendor) Schema() json.RawMessage { return mapped(chosen) }

// Check reads the mapping.
func (vendor) Check(config json.RawMessage, _ time.Time) []fault.Detail {
	return trigger.CheckMapping(config)
}

// verifiedBy asks a scheme of the list.
func verifiedBy(scheme string, h trigger.Hook, secrets []signature.Secret) (signature.Match, error) {
	s, known := signature.Find(scheme)
	if !known {
		return signature.Match{}, fmt.Errorf("scheme %q does not exist", scheme)
	}
	return s.Verify(signature.Request{Header: h.Header, Body: h.Body, Now: h.At, Secrets: secrets})
}

// usableBy asks a scheme of the list.
func usableBy(scheme string, value secret.Secret) error {
	s, known := signature.Find(scheme)
	if !known {
		return fmt.Errorf("scheme %q does not exist", scheme)
	}
	return s.Check(value)
}

// passedOver says why an event is none of those that the config chooses, or
// nothing.
func passedOver(config json.RawMessage, event string) (string, error) {
	var said struct {
		Events []string `json:"events"`
	}
	if len(config) > 0 {
		if err := json.Unmarshal(config, &said); err != nil {
			return "", fmt.Errorf("read the choice of events: %w", err)
		}
	}
	if len(said.Events) == 0 || slices.ContainsFunc(said.Events, func(pattern string) bool { return means(pattern, event) }) {
		return "", nil
	}
	return fmt.Sprintf("the event %q is none of %s", event, strings.Join(said.Events, ", ")), nil
}

// means says whether a chosen name is that of an event.
func means(pattern, event string) bool {
	if prefix, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(event, prefix)
	}
	return pattern == event || strings.HasPrefix(event, pattern+".")
}

// at finds a text or a number inside a payload; empty when there is none.
func at(payload any, path ...string) string {
	for _, name := range path {
		object, _ := payload.(map[string]any)
		payload = object[name]
	}
	switch v := payload.(type) {
	case nil, map[string]any, []any:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// object reads a body that must be a JSON object.
func object(body []byte) (map[string]any, error) {
	v, err := valueOf(body)
	if err != nil {
		return nil, err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, trigger.ErrNotObject
	}
	return fields, nil
}

// joined puts the parts that there are together.
func joined(between string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), between)
}
