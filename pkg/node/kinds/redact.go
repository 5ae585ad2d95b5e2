package kinds

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/redact"
)

// redactor replaces the values of secrets in what comes back from outside: a
// server that shows its callers their own headers must not carry a key into
// the journal.
type redactor struct{ redact.Redactor }

func newRedactor(secrets map[string]string) redactor { return redactor{redact.New(secrets)} }

func (r redactor) text(s string) string { return r.Text(s) }

func (r redactor) value(v any) any { return r.Value(v) }

// guarding knows all that must not come back from a call that a node makes: the
// secrets, and the address at which its callback is answered.
func guarding(in *node.Input) redactor {
	callback, ok := in.Scope["callback"].(map[string]any)
	if !ok {
		return newRedactor(in.Secrets)
	}
	address, _ := callback["url"].(string)
	hidden := map[string]string{"url": address, "token": address[strings.LastIndex(address, "/")+1:]}
	for name, value := range in.Secrets {
		hidden["secrets."+name] = value
	}
	return newRedactor(hidden)
}

func (r redactor) clear(text string) int { return r.Clear(text) }

// message redacts what a model said: its server was told a key.
func (r redactor) message(m model.Message) model.Message {
	m.Content = r.text(m.Content)
	calls := slices.Clone(m.Calls)
	for i, c := range calls {
		calls[i] = model.ToolCall{ID: r.text(c.ID), Name: r.text(c.Name), Arguments: r.arguments(c.Arguments)}
	}
	m.Calls = calls
	return m
}

// arguments redacts what a model wants to call a tool with: JSON as a rule, in
// which letters may be written as escapes.
func (r redactor) arguments(text string) string {
	if json.Valid([]byte(text)) {
		return string(r.Document(json.RawMessage(text)))
	}
	return r.text(text)
}

// failure redacts what a node failed with. Errors about the run pass as they
// are.
func (r redactor) failure(err error) error {
	e, ok := err.(*node.Error)
	if !ok {
		return err
	}
	clean := *e
	clean.Message = r.text(e.Message)
	return &clean
}
