package strictjson

import (
	"encoding/json"
	"slices"
	"strings"
)

// Join writes an object of fields that are JSON, as json.Marshal would: in the
// order of their names.
func Join(fields map[string]json.RawMessage) json.RawMessage {
	size := len(`{}`)
	for name, raw := range fields {
		size += len(name) + len(raw) + len(`"":,`)
	}
	return AppendFields(make([]byte, 0, size), fields)
}

// AppendFields is Join behind what is written already.
func AppendFields(b []byte, fields map[string]json.RawMessage) []byte {
	b = append(b, '{')
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(AppendText(b, name), ':'), fields[name]...)
	}
	return append(b, '}')
}

// AppendText writes a string as json.Marshal does. Names are nearly always letters
// that mean nothing else.
func AppendText(b []byte, s string) []byte {
	if strings.ContainsFunc(s, special) {
		text, _ := json.Marshal(s) // of a string it always succeeds
		return append(b, text...)
	}
	return append(append(append(b, '"'), s...), '"')
}

func special(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }
