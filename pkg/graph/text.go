package graph

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// UnmarshalText reads "1.5s". Negative durations are refused.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration like 10s or 1m30s", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Or is d, or the default when d is not set.
func (d Duration) Or(def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return time.Duration(d)
}

// UnmarshalJSON reads "output.x" as an expression, and an object as a fixed
// value or a copy.
func (c *Capture) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.Expr)
	}
	type object Capture
	if details := strictjson.Decode(b, (*object)(c)); len(details) > 0 {
		return fault.Invalid(details...)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (c Capture) MarshalJSON() ([]byte, error) {
	if c.Expr != "" {
		return json.Marshal(c.Expr)
	}
	type object Capture
	return json.Marshal(object(c))
}
