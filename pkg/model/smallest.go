package model

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// smallest is the smallest value that satisfies a JSON schema, with text for
// its strings. Patterns, formats and multiples are beyond it.
func smallest(schema json.RawMessage, text string) any {
	var root any
	if json.Unmarshal(schema, &root) != nil {
		return nil
	}
	f := filler{root: root, text: text, left: maxValues}
	return f.fill(root, 0)
}

type filler struct {
	root any
	text string
	left int // how many values may still be made
}

// Schemas may contain themselves, several times over: these end them.
const (
	maxSchemaDepth = 32
	maxValues      = 10_000
)

func (f *filler) fill(schema any, depth int) any {
	s, ok := schema.(map[string]any)
	if f.left--; !ok || depth > maxSchemaDepth || f.left < 0 {
		return nil
	}
	if v, ok := s["const"]; ok {
		return v
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	if ref, ok := s["$ref"].(string); ok {
		return f.fill(f.find(ref), depth+1)
	}
	if list, ok := s["allOf"].([]any); ok {
		return f.fill(merged(s, list), depth+1)
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		if list, ok := s[word].([]any); ok && len(list) > 0 {
			return f.fill(list[0], depth+1)
		}
	}
	return f.typed(s, depth)
}

func (f *filler) typed(s map[string]any, depth int) any {
	switch kind(s) {
	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, name := range required {
			if name, ok := name.(string); ok {
				out[name] = f.fill(properties[name], depth+1)
			}
		}
		return out
	case "array":
		out := []any{}
		for range min(count(s, "minItems"), 100) {
			out = append(out, f.fill(s["items"], depth+1))
		}
		return out
	case "string":
		return fitted(f.text, s)
	case "integer", "number":
		return least(s)
	case "boolean":
		return false
	}
	return nil
}

// kind is a schema's type, or the one that its other words imply.
func kind(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		if len(t) > 0 {
			first, _ := t[0].(string)
			return first
		}
	}
	switch {
	case s["properties"] != nil || s["required"] != nil:
		return "object"
	case s["items"] != nil:
		return "array"
	}
	return "null"
}

// find follows a reference within the document ("#/$defs/severity").
func (f *filler) find(ref string) any {
	path, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	at := f.root
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if step == "" {
			continue
		}
		object, _ := at.(map[string]any)
		at = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return at
}

// merged is a schema and all schemas of its allOf in one.
func merged(s map[string]any, list []any) map[string]any {
	out := map[string]any{}
	properties, required := map[string]any{}, []any{}
	for _, part := range append(slices.Clone(list), s) {
		part, _ := part.(map[string]any)
		for word, v := range part {
			switch word {
			case "allOf":
			case "properties":
				object, _ := v.(map[string]any)
				for name, property := range object {
					properties[name] = property
				}
			case "required":
				names, _ := v.([]any)
				required = append(required, names...)
			default:
				out[word] = v
			}
		}
	}
	if len(properties)+len(required) > 0 {
		out["properties"], out["required"] = properties, required
	}
	return out
}

// fitted is text as long as the schema wants it.
func fitted(text string, s map[string]any) string {
	runes := []rune(text)
	if _, ok := s["maxLength"]; ok {
		runes = runes[:min(len(runes), count(s, "maxLength"))]
	}
	if missing := min(count(s, "minLength"), 1000) - len(runes); missing > 0 {
		runes = append(runes, []rune(strings.Repeat("-", missing))...)
	}
	return string(runes)
}

// least is zero, or the bound that zero is beyond.
func least(s map[string]any) float64 {
	if low, ok := s["minimum"].(float64); ok && low > 0 {
		return math.Ceil(low)
	}
	if low, ok := s["exclusiveMinimum"].(float64); ok && low >= 0 {
		return math.Floor(low) + 1
	}
	if high, ok := s["maximum"].(float64); ok && high < 0 {
		return math.Floor(high)
	}
	if high, ok := s["exclusiveMaximum"].(float64); ok && high <= 0 {
		return math.Ceil(high) - 1
	}
	return 0
}

func count(s map[string]any, word string) int {
	n, _ := s[word].(float64)
	return int(min(max(n, 0), math.MaxInt32))
}
