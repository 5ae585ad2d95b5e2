package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Mapping is the part of a config that all triggers have which are started by
// webhooks: what a run is told of a delivery. Message and UserVariables are
// templates over payload (also called body), headers, query, event and trigger.
// What is inserted is never expanded again.
type Mapping struct {
	Message       string                     `json:"message,omitempty"`
	UserVariables map[string]json.RawMessage `json:"user_variables,omitempty"`
	// IgnoreActors are those whose deeds start nothing: our own bots.
	IgnoreActors []string `json:"ignore_actors,omitempty"`
	// Subject is an expression for what a delivery is about, instead of what the
	// provider takes for it.
	Subject string `json:"subject,omitempty"`
}

// hookNames are what the expressions of a trigger see of a delivery; see Seen.
func hookNames() []string { return []string{"payload", "body", "headers", "query", "event", "trigger"} }

// MappingOf reads the mapping of a config, whatever else stands there.
func MappingOf(config json.RawMessage) (m Mapping, err error) {
	if len(config) == 0 {
		return m, nil
	}
	if err := json.Unmarshal(config, &m); err != nil {
		return Mapping{}, fmt.Errorf("read the mapping: %w", err)
	}
	return m, nil
}

// CheckMapping says what is wrong with the mapping of a config; paths begin at
// the config.
func CheckMapping(config json.RawMessage) (wrong []fault.Detail) {
	fields, err := strictjson.Object(config)
	if err != nil {
		return []fault.Detail{{Code: string(fault.CodeInvalid), Message: err.Error()}}
	}
	m, err := MappingOf(config)
	if err != nil {
		return []fault.Detail{{Code: string(fault.CodeInvalid), Message: "the mapping cannot be read"}}
	}
	for _, name := range []string{"message", "user_variables"} {
		if len(fields[name]) == 0 {
			continue
		}
		for _, p := range expr.CheckTemplateOver(fields[name], hookNames()) {
			wrong = append(wrong, fault.Detail{Path: strictjson.Under(name, p.Path), Code: "bad_template", Message: p.Message})
		}
	}
	for name := range m.UserVariables {
		if !VariableName(name) {
			wrong = append(wrong, fault.Detail{Path: "user_variables", Code: string(fault.CodeInvalid), Message: "a variable's name has 1 to 128 characters, no dot and no {{"})
			break
		}
	}
	if m.Subject != "" {
		if p := expr.CheckOver(m.Subject, hookNames()); p != nil {
			wrong = append(wrong, fault.Detail{Path: "subject", Code: "bad_expression", Message: p.Message})
		}
	}
	return wrong
}

// Seen is what the expressions of a trigger see of a delivery.
func (h Hook) Seen(t Trigger, r Report) expr.Scope {
	headers := map[string]any{}
	for name, values := range h.Header {
		if !SecretHeader(name) {
			headers[strings.ToLower(name)] = strictjson.StorableText(strings.Join(values, ", "))
		}
	}
	headers["content_type"] = firstOf(h.Header, "Content-Type")
	headers["user_agent"] = firstOf(h.Header, "User-Agent")
	headers["event"] = r.Event
	query := map[string]any{}
	for name, values := range h.Query {
		query[strictjson.StorableText(name)] = strictjson.StorableText(strings.Join(values, ","))
	}
	return expr.Scope{
		"trigger": map[string]any{"id": t.ID.String(), "name": t.Name, "kind": t.Kind},
		"payload": r.Payload, "body": r.Payload, "headers": headers, "query": query, "event": r.Event,
	}
}

func firstOf(h http.Header, name string) string { return strictjson.StorableText(h.Get(name)) }

// Event fills the templates. What the config does not say, the report does.
func (m Mapping) Event(ctx context.Context, r Report, scope expr.Scope) (Event, error) {
	out := Event{Message: r.Begins.Message, UserVariables: map[string]any{}}
	for name, value := range r.Begins.UserVariables {
		if VariableName(name) && !slices.Contains(SystemVariables, name) {
			out.UserVariables[name] = value
		}
	}
	if m.Message != "" {
		message, _, err := expr.Text(ctx, m.Message, scope, expr.Verbatim)
		if err != nil {
			return Event{}, fmt.Errorf("message: %w", err)
		}
		out.Message = message
	}
	for name, raw := range m.UserVariables {
		value, _, err := expr.Expand(ctx, raw, scope)
		if err != nil {
			return Event{}, fmt.Errorf("user_variables.%s: %w", name, err)
		}
		out.UserVariables[name] = value
	}
	if len(out.UserVariables) > MaxVariables {
		return Event{}, fmt.Errorf("a run begins with at most %d variables, and this one would with %d", MaxVariables, len(out.UserVariables))
	}
	return out, nil
}
