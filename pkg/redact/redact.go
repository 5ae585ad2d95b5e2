// Package redact keeps the values of secrets out of what is stored and shown:
// wherever one comes back from outside, or slips into a message, a placeholder
// takes its place. A secret that was cut, reversed or encrypted is not found.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Redactor replaces the values of secrets, as they are and as they are commonly
// written inside something else. The zero Redactor replaces nothing.
type Redactor struct {
	replace *strings.Replacer
	forms   []string
}

// minSecret is the length from which on a value is searched for; shorter ones
// would turn ordinary text into holes.
const minSecret = 8

// placeholder is what is written instead.
const placeholder = "[secret]"

// New makes the Redactor of secrets by name.
func New(secrets map[string]string) Redactor {
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
	forms = slices.Compact(forms)
	if len(forms) == 0 {
		return Redactor{}
	}
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, placeholder)
	}
	return Redactor{strings.NewReplacer(pairs...), forms}
}

// inJSON is how a value looks inside a JSON text, as it is commonly written, with
// slashes escaped as some write them, and as our own calls write it.
func inJSON(value string) []string {
	var forms []string
	for _, html := range []bool{false, true} {
		var out strings.Builder
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(html)
		if enc.Encode(value) == nil {
			text := out.String()
			text = text[len(`"`) : len(text)-len("\"\n")]
			forms = append(forms, text, strings.ReplaceAll(text, "/", `\/`))
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

// Text redacts a text.
func (r Redactor) Text(s string) string {
	if r.replace == nil {
		return s
	}
	return r.replace.Replace(s)
}

// Value redacts all strings of a JSON value, names too, and numbers that are a
// secret as a whole. Lists are changed in place.
func (r Redactor) Value(v any) any {
	if r.replace == nil {
		return v
	}
	switch v := v.(type) {
	case string:
		return r.Text(v)
	case json.Number:
		if r.Text(v.String()) == placeholder {
			return placeholder
		}
	case []any:
		for i := range v {
			v[i] = r.Value(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[r.Text(name)] = r.Value(item)
		}
		return out
	}
	return v
}
