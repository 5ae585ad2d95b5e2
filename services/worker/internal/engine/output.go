package engine

import (
	"bytes"
	"encoding/json"
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
}

// written makes an output of what a node returned. Most of it reads as what it
// is, and is not read back; a secret that was hidden in it is.
func (x *Executor) written(value any) (output, error) {
	said, err := json.Marshal(value)
	if err != nil {
		return output{}, err
	}
	raw := x.Journal.hide.Document(said)
	return output{raw, value, plain(value) && bytes.Equal(raw, said)}, nil
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
