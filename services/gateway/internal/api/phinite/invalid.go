package phinite

import (
	"encoding/json"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// invalid is a request that cannot be read as what it should be.
type invalid struct {
	*fault.Fault
	problems []problem
}

// Unwrap lets the fault be found.
func (i *invalid) Unwrap() error { return i.Fault }

// problem is one thing wrong, in the words of the framework whose errors the
// callers of this surface know.
type problem struct {
	Type  string         `json:"type"`
	Loc   []any          `json:"loc"`
	Msg   string         `json:"msg"`
	Input any            `json:"input"`
	Ctx   map[string]any `json:"ctx,omitempty"`
}

// maxProblems bounds the answer to a body that is wrong in very many places.
const maxProblems = 8

func wrong(code fault.Code, problems ...problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &invalid{fault.New(code, "the request is not valid"), problems[:min(len(problems), maxProblems)]}
}

func notAnEnvironment(given string) error {
	return wrong(fault.CodeInvalid, problem{
		Type: "enum", Loc: []any{"path", "environment"}, Msg: "Input should be 'DEV', 'UAT' or 'PROD'",
		Input: short(given), Ctx: map[string]any{"expected": "'DEV', 'UAT' or 'PROD'"},
	})
}

// headerProblems are faults that concern a header by its name.
func headerProblems(details []fault.Detail) []problem {
	var out []problem
	for _, d := range details {
		out = append(out, problem{Type: "value_error", Loc: []any{"header", strings.ToLower(d.Path)}, Msg: d.Message, Input: ""})
	}
	return out
}

// maxInput is how much of what was sent is shown again.
const maxInput = 200

// shown is what was sent, fit to be sent back: short, and without the values
// of names that sound secret.
func shown(raw json.RawMessage) any {
	value, err := strictjson.Value(raw)
	if err != nil {
		return ""
	}
	if text, ok := value.(string); ok {
		return short(text)
	}
	value = veiled(value)
	if text, err := json.Marshal(value); err != nil || len(text) > maxInput {
		return short(string(text))
	}
	return value
}

func short(text string) string {
	if runes := []rune(text); len(runes) > maxInput {
		return string(runes[:maxInput])
	}
	return text
}

// veiled hides what may be a secret, in place.
func veiled(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = veiled(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = veiled(v[name])
			if soundsSecret(name) {
				v[name] = "[redacted]"
			}
		}
	}
	return value
}

func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"secret", "token", "password", "key", "authorization"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
