package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onsethq/onset/pkg/secret"
)

// Value is a text that is written in the manifest or comes from the
// environment of whoever applies it: "text" or {from_env: NAME, optional: true}.
type Value struct {
	// Text is the value itself. It prints as nothing: most values are secrets.
	Text secret.Secret
	// FromEnv is where Text came from; Optional values may be absent.
	FromEnv  string
	Optional bool
}

// Given says whether there is a value to apply.
func (v Value) Given() bool { return v.Text != "" }

// UnmarshalJSON reads either form.
func (v *Value) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(&v.Text))
	}
	if len(b) == 0 || b[0] != '{' {
		return fmt.Errorf("%s is not a text: put it in quotes", b)
	}
	var from struct {
		Name     string `json:"from_env"`
		Optional bool   `json:"optional"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&from); err != nil || from.Name == "" {
		return errors.New("a value is a text or {from_env: NAME, optional: true}")
	}
	v.FromEnv, v.Optional = from.Name, from.Optional
	return nil
}

// Pin is the build that a trigger starts: a number, or "assigned" for the one
// its environment uses.
type Pin int

// Assigned is the pin that follows the environment's assignment.
const Assigned Pin = 0

// UnmarshalJSON reads 3 and "assigned".
func (p *Pin) UnmarshalJSON(b []byte) error {
	if string(b) == `"assigned"` {
		*p = Assigned
		return nil
	}
	var n int
	if err := json.Unmarshal(b, &n); err != nil || n < 1 {
		return errors.New(`a build is a number from 1 or "assigned"`)
	}
	*p = Pin(n)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p Pin) MarshalJSON() ([]byte, error) {
	if p == Assigned {
		return []byte(`"assigned"`), nil
	}
	return json.Marshal(int(p))
}
