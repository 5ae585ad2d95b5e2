package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/strictjson"
)

// output is what a step gave: as it is written, and where that is known, as it
// reads.
type output struct {
	raw   json.RawMessage
	value any
	known bool
	// fields are those of an object that is known, as they are written.
	fields map[string]json.RawMessage
}

// written makes an output of what a node returned. Most of it reads as what it
// is, and is not read back; a secret that was hidden in it is.
func (x *Executor) written(value any) (output, error) {
	said, fields, err := write(value)
	if err != nil {
		return output{}, err
	}
	raw := x.Journal.hide.Document(said)
	if !plain(value) || !bytes.Equal(raw, said) {
		return output{raw: raw}, nil
	}
	return output{raw, value, true, fields}, nil
}

// write is json.Marshal, field by field: of most objects each becomes a session
// variable too.
func write(value any) (json.RawMessage, map[string]json.RawMessage, error) {
	object, ok := value.(map[string]any)
	if !ok || object == nil {
		said, err := json.Marshal(value)
		return said, nil, err
	}
	fields, err := encoded(object)
	return strictjson.Join(fields), fields, err
}

// encoded are the members of an object as they are written.
func encoded(object map[string]any) (map[string]json.RawMessage, error) {
	if len(object) == 0 {
		return nil, nil
	}
	raw := make(map[string]json.RawMessage, len(object))
	for name, value := range object {
		b, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		raw[name] = b
	}
	return raw, nil
}

// read is the output as it reads.
func (o output) read() (any, error) {
	if o.known {
		return o.value, nil
	}
	return strictjson.Value(o.raw)
}

// plain says that a value reads as itself once it was written.
func plain(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64:
		return true
	case string:
		return utf8.ValidString(v)
	case []any:
		return v != nil && !slices.ContainsFunc(v, func(item any) bool { return !plain(item) })
	case map[string]any:
		for name, item := range v {
			if !utf8.ValidString(name) || !plain(item) {
				return false
			}
		}
		return v != nil
	}
	return false
}
