package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// prompt is a template in the words of the published webhook: {{path}}, looked up
// once. What is inserted is never looked at again, and what is not there is
// empty.
type prompt struct {
	text string
	// kept are names that stay as they stand when there is nothing for them.
	kept []string
}

const (
	maxPrompt       = 64 << 10 // bytes
	maxPlaceholders = 1000
	maxRendered     = 1 << 20 // bytes
)

// placeholder is {{name}} or {{ a.b.c }}.
var placeholder = regexp.MustCompile(`\{\{\s*([\w-]+(?:\.[\w-]+)*)\s*\}\}`)

// check says why the template cannot be used, or nil.
func (p prompt) check() error {
	switch {
	case len(p.text) > maxPrompt:
		return fmt.Errorf("a prompt has at most %d bytes", maxPrompt)
	case len(placeholder.FindAllStringIndex(p.text, maxPlaceholders+1)) > maxPlaceholders:
		return fmt.Errorf("a prompt has at most %d placeholders", maxPlaceholders)
	}
	return nil
}

var errLongPrompt = errors.New("the prompt is longer than 1 MiB with what is inserted")

// fill looks the placeholders up.
func (p prompt) fill(names map[string]any) (string, error) {
	var out strings.Builder
	last := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(p.text, -1) {
		path := p.text[at[2]:at[3]]
		text, found := inserted(path, names)
		if !found && slices.Contains(p.kept, path) {
			continue
		}
		out.WriteString(p.text[last:at[0]])
		out.WriteString(text)
		if last = at[1]; out.Len() > maxRendered {
			return "", errLongPrompt
		}
	}
	out.WriteString(p.text[last:])
	return out.String(), nil
}

// inserted is the value of a path as it stands in a prompt: texts as they are,
// the whole payload on lines of its own, everything else as compact JSON.
func inserted(path string, names map[string]any) (text string, found bool) {
	var value any = names
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "", false
		}
		if value, ok = object[name]; !ok {
			return "", false
		}
	}
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	}
	indent := ""
	if path == "payload" {
		indent = "  "
	}
	return asJSON(value, indent), true
}

// asJSON is a value as JSON for people: no escapes that a page would need.
func asJSON(value any, indent string) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if enc.Encode(value) != nil {
		return "" // a plain JSON value can be written
	}
	return strings.TrimSuffix(out.String(), "\n")
}
