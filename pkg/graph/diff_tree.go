package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/strictjson"
)

// walk tells the smallest places in which two JSON trees differ. Lists of
// unequal length differ as a whole: nobody knows which element was put in.
func walk(at string, before, after any, tell func(path string, before, after json.RawMessage)) {
	if was, ok := before.(map[string]any); ok {
		if is, ok := after.(map[string]any); ok {
			walkObject(at, was, is, tell)
			return
		}
	}
	if was, ok := before.([]any); ok {
		if is, ok := after.([]any); ok && len(was) == len(is) {
			for i := range was {
				walk(fmt.Sprintf("%s[%d]", at, i), was[i], is[i], tell)
			}
			return
		}
	}
	was, is := textOf(before), textOf(after)
	if !bytes.Equal(was, is) {
		tell(at, was, is)
	}
}

func walkObject(at string, was, is map[string]any, tell func(string, json.RawMessage, json.RawMessage)) {
	keys := map[string]bool{}
	for key := range was {
		keys[key] = true
	}
	for key := range is {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		path := strictjson.Under(at, key)
		old, before := was[key]
		now, after := is[key]
		switch {
		case before && after:
			walk(path, old, now, tell)
		case before:
			tell(path, textOf(old), nil)
		default:
			tell(path, nil, textOf(now))
		}
	}
}

// treeOf is a part as a JSON tree, with numbers as they were written.
func treeOf(v any) map[string]any {
	dec := json.NewDecoder(bytes.NewReader(textOf(v)))
	dec.UseNumber()
	tree := map[string]any{}
	if err := dec.Decode(&tree); err != nil {
		panic("graph: a part of a graph cannot be read: " + err.Error()) // it was read as JSON before
	}
	return tree
}

// textOf is JSON without the escapes that only HTML needs.
func textOf(v any) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("graph: a part of a graph cannot be written: " + err.Error()) // it was read as JSON before
	}
	return bytes.TrimSpace(out.Bytes())
}
