package redact

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Document redacts a JSON text. One that holds no secret, which nearly all do,
// comes back as it is.
func (r Redactor) Document(raw json.RawMessage) json.RawMessage {
	return r.rewrite(raw, func(v any) any { return r.Value(v) })
}

// Members redacts the members of an object that the paths lead to, and no others:
// "output", "child.message".
func (r Redactor) Members(raw json.RawMessage, paths ...string) json.RawMessage {
	return r.rewrite(raw, func(v any) any {
		for _, path := range paths {
			r.member(v, path)
		}
		return v
	})
}

func (r Redactor) member(v any, path string) {
	object, ok := v.(map[string]any)
	if !ok {
		return
	}
	name, rest, deeper := strings.Cut(path, ".")
	item, there := object[name]
	switch {
	case !there:
	case deeper:
		r.member(item, rest)
	default:
		object[name] = r.Value(item)
	}
}

// rewrite decodes a text that may hold a secret, with its numbers as they are
// written. What is no JSON is no document of ours and stays.
func (r Redactor) rewrite(raw json.RawMessage, change func(any) any) json.RawMessage {
	if len(r.forms) == 0 {
		return raw
	}
	text := string(raw)
	plain, escaped := r.within(text), strings.Contains(text, `\u`) || strings.Contains(text, `\/`)
	if !plain && !escaped {
		return raw
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return raw
	}
	if !plain && !r.unescaped(v) {
		return raw
	}
	out, err := json.Marshal(change(v))
	if err != nil {
		return raw
	}
	return out
}

// unescaped says whether a value holds a secret that its text hid by writing
// letters as escapes, as every letter of JSON may be.
func (r Redactor) unescaped(v any) bool {
	text, err := json.Marshal(v)
	return err == nil && r.within(string(text))
}

// within says whether a text holds a secret.
func (r Redactor) within(text string) bool {
	return slices.ContainsFunc(r.forms, func(form string) bool { return strings.Contains(text, form) })
}
