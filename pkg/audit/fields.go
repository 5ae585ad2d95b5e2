package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Fields are what an entry may say of an object, by name. Everybody who reads
// the log sees the values, except those that are Hidden.
type Fields map[string]any

// Hidden stands for a value of which the log says only that it changed: a
// secret, or what is too long to be read.
type Hidden struct {
	// Is tells values apart; it is never written.
	Is any
}

// Change is one field that is not what it was. Before and After are null where
// there is none, and left out where the value is hidden.
type Change struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// diff lists the fields that differ, by name.
func diff(before, after Fields) []Change {
	changes := []Change{}
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, twice := before[name]; !twice {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		was, hidden := text(before[name])
		is, hides := text(after[name])
		switch {
		case bytes.Equal(was, is):
		case hidden || hides:
			changes = append(changes, Change{Field: name})
		default:
			changes = append(changes, Change{name, was, is})
		}
	}
	return changes
}

// text is a value as JSON, and whether it is hidden.
func text(value any) (json.RawMessage, bool) {
	h, hidden := value.(Hidden)
	if hidden {
		value = []any{h.Is} // so that a hidden null is told from no value
	}
	raw, err := json.Marshal(value)
	if err != nil {
		panic("audit: a field is not JSON: " + err.Error()) // a mistake in this repository
	}
	return raw, hidden
}
