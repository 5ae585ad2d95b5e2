package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// document is a JSON column: jsonb on Postgres where it is searched, text
// elsewhere and on SQLite.
type document[T any] struct{ V T }

// Value refuses what jsonb refuses, so that SQLite does not accept more.
func (d document[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.V)
	if err != nil {
		return nil, fmt.Errorf("write a JSON column: %w", err)
	}
	if strictjson.HoldsNUL(b) {
		return nil, fault.New(fault.CodeInvalid, "text with a NUL character cannot be stored")
	}
	return string(b), nil
}

// Scan reads the column of either database. Where anything is allowed, what is
// not JSON, which only somebody's own SQL can have written, is a text: it spoils
// no list that it is in.
func (d *document[T]) Scan(src any) error {
	var text []byte
	switch v := src.(type) {
	case []byte:
		text = v
	case string:
		text = []byte(v)
	default:
		return fmt.Errorf("a JSON column cannot be read from %T", src)
	}
	if _, anything := any(d.V).(json.RawMessage); anything && !json.Valid(text) {
		text, _ = json.Marshal(string(text)) // a text can always be written
	}
	return json.Unmarshal(text, &d.V)
}

// json is a column of text as a document that can be searched.
func (d dialect) json(column string) string {
	if d == postgres {
		return column + "::json"
	}
	return column
}

// canonical is the one text of a JSON value: keys sorted, no spaces, numbers as
// they were written. jsonb forgets the order of keys, so whatever is compared
// is compared in this form.
func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}
