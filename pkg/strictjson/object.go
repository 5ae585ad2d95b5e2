package strictjson

import (
	"bytes"
	"encoding/json"
)

// Object splits an object into its fields, which share the bytes of raw. Keys
// are exact; of a repeated key the last value wins. It is for text that Check
// has passed.
func Object(raw []byte) (map[string]json.RawMessage, error) {
	fields, err := Split(raw, judged)
	if err != nil {
		fields, _, err = ordered(raw) // which says what is wrong, and where
	}
	return fields, err
}

// Split is Check and Object in one walk, for text that should be an object. The
// error is an *Error.
func Split(raw []byte, limits Limits) (map[string]json.RawMessage, error) {
	s, err := reader(raw, limits)
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	err = s.whole(func() error {
		if s.peek() != '{' {
			return &Error{NotObject, s.at, "an object is expected"}
		}
		s.tokens++
		return s.object(func(key []byte) error {
			start := s.at
			err := s.value()
			fields[plainText(key)] = raw[start:s.at:s.at]
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return fields, nil
}

// ordered also gives the keys in the order of the document. It takes whatever
// encoding/json does.
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
