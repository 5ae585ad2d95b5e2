package kinds

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
)

// redactor replaces the values of secrets in what comes back from outside: a
// server that shows its callers their own headers must not carry a key into
// the journal. A secret that was cut, reversed or encrypted is not found.
type redactor struct {
	replace *strings.Replacer
	forms   []string
}

// minSecret is the length from which on a value is searched for; shorter ones
// would turn ordinary text into holes.
const minSecret = 8

func newRedactor(secrets map[string]string) redactor {
	var forms []string
	for _, value := range secrets {
		if len(value) >= minSecret {
			forms = append(forms, value, url.QueryEscape(value), url.PathEscape(value))
			forms = append(forms, inJSON(value)...)
			forms = append(forms, inBase64(value)...)
		}
	}
	// The longest first: a form may be part of another.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	forms = slices.Compact(forms)
	for _, form := range forms {
		pairs = append(pairs, form, "[secret]")
	}
	return redactor{strings.NewReplacer(pairs...), forms}
}

// hiding knows all that must not come back from a call that a node makes: the
// secrets, and the address at which its callback is answered.
func hiding(in *node.Input) redactor {
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

// inJSON is how a value looks inside a JSON text, as it is commonly written and
// as our own calls write it.
func inJSON(value string) []string {
	var forms []string
	for _, html := range []bool{false, true} {
		var out strings.Builder
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(html)
		if enc.Encode(value) == nil {
			text := out.String()
			forms = append(forms, text[len(`"`):len(text)-len("\"\n")])
		}
	}
	return forms
}

// inBase64 is how a value looks inside a longer text that was encoded: three
// ways, by where it begins. What it shares with its neighbours is left out.
func inBase64(value string) []string {
	var forms []string
	for shift := range 3 {
		whole := make([]byte, shift, shift+len(value))
		whole = append(whole, value...)
		skip := (shift*8 + 5) / 6 // characters that hold bits of what is before
		take := len(whole) * 8 / 6
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, enc.EncodeToString(whole)[skip:take])
		}
	}
	return forms
}

func (r redactor) text(s string) string { return r.replace.Replace(s) }

// clear is how much of a text that is still being written can be judged: where
// its end may be the beginning of a secret it stops before that, and never in
// the middle of one.
func (r redactor) clear(text string) int {
	end := len(text)
	for _, form := range r.forms {
		for n := min(len(form)-1, len(text)); n > len(text)-end; n-- {
			if strings.HasPrefix(form, text[len(text)-n:]) {
				end = len(text) - n
				break
			}
		}
	}
	for moved := true; moved; {
		moved = false
		for _, form := range r.forms {
			from := max(end-len(form)+1, 0)
			if i := strings.Index(text[from:min(end+len(form)-1, len(text))], form); i >= 0 && from+i < end {
				end, moved = from+i, true
			}
		}
	}
	return end
}

// value redacts all strings of a JSON value, names too.
func (r redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[r.text(name)] = r.value(item)
		}
		return out
	}
	return v
}

// message redacts what a model said: its server was told a key.
func (r redactor) message(m model.Message) model.Message {
	m.Content = r.text(m.Content)
	calls := slices.Clone(m.Calls)
	for i, c := range calls {
		calls[i] = model.ToolCall{ID: r.text(c.ID), Name: r.text(c.Name), Arguments: r.text(c.Arguments)}
	}
	m.Calls = calls
	return m
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
