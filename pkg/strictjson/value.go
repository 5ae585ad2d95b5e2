package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// Value decodes to nil, bool, string, []any and map[string]any, and numbers to
// the type that keeps them: whole ones to int64, or to json.Number with their
// exact text where int64 is too small; others to float64. It is for text that
// Check has passed or that we wrote ourselves.
func Value(raw []byte) (any, error) {
	if v, err := build(raw); err == nil {
		return v, nil
	}
	return decoded(raw)
}

// decoded takes what Check would refuse and encoding/json does not, and says what
// is wrong with the rest.
func decoded(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the value")
	}
	return numbers(v)
}

// numbers replaces every json.Number that fits a plainer type, in place.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return number([]byte(v))
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// number is what the text of one means.
func number(text []byte) (any, error) {
	if bytes.ContainsAny(text, ".eE") {
		return strconv.ParseFloat(string(text), 64)
	}
	if i, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return i, nil
	}
	return json.Number(text), nil
}
