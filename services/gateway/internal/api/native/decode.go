package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// decode reads a document. What it does not know is refused with its path, so
// that a typing error cannot become silence.
func decode[T any](raw []byte) (v T, err error) {
	if err := wellFormed(raw); err != nil {
		return v, err
	}
	return v, refusedDocument(strictjson.Decode(raw, &v))
}

// optional reads a document that may be left out.
func optional[T any](raw []byte) (v T, err error) {
	if len(bytes.Trim(raw, " \t\r\n")) == 0 {
		return v, nil
	}
	return decode[T](raw)
}

// wellFormed says whether the body is JSON as we accept it.
func wellFormed(raw []byte) error {
	err := strictjson.Check(raw, strictjson.Limits{})
	var e *strictjson.Error
	if errors.As(err, &e) {
		return fault.New(fault.BadJSON, "the body is not acceptable JSON: %s at byte %d", e.Msg, e.Offset)
	}
	return err
}

// refusedDocument is what is wrong with a document; its code is unknown_field
// when nothing else is.
func refusedDocument(details []fault.Detail) error {
	if len(details) == 0 {
		return nil
	}
	f := fault.Invalid(details...)
	if onlyUnknown(details) {
		f.Code = fault.UnknownField
	}
	return f
}

// onlyUnknown says that a document could be read but for fields that do not
// exist, so that the rest of it can be judged as well.
func onlyUnknown(details []fault.Detail) bool {
	return !slices.ContainsFunc(details, func(d fault.Detail) bool { return d.Code != string(fault.UnknownField) })
}

// without takes top-level fields out of a document: those that we show and that
// callers send back with what they have edited.
func without(raw []byte, shown ...string) ([]byte, error) {
	if err := wellFormed(raw); err != nil {
		return nil, err
	}
	fields, err := strictjson.Object(raw)
	if err != nil {
		return raw, nil // not an object: whoever decodes it says so
	}
	for _, name := range shown {
		delete(fields, name)
	}
	return json.Marshal(fields)
}

// one is a fault about one place.
func one(path, code, message string) error {
	return fault.Invalid(fault.Detail{Path: path, Code: code, Message: message})
}
