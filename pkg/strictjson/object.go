package strictjson

import (
	"bytes"
	"encoding/json"
)

// Object splits an object into its fields. Keys are exact; of a repeated key
// the last value wins. It is for text that Check has passed.
func Object(raw []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err == nil && fields != nil {
		return fields, nil
	}
	fields, _, err := ordered(raw) // which says what is wrong, and where
	return fields, err
}

// ordered also gives the keys in the order of the document.
func ordered(raw []byte) (fields map[string]json.RawMessage, keys []string, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, &Error{NotObject, 0, "an object is expected"}
	}
	fields = map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, nil, &Error{Invalid, int(dec.InputOffset()), err.Error()}
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, nil, &Error{Invalid, int(dec.InputOffset()), err.Error()}
		}
		name := key.(string) // a decoder gives nothing else here
		if _, twice := fields[name]; !twice {
			keys = append(keys, name)
		}
		fields[name] = value
	}
	return fields, keys, nil
}
