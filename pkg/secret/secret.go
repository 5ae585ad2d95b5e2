// Package secret keeps what must not be read: sealing at rest, and a string
// that never prints.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that no log, error, dump or document shows by accident.
// Reveal is the only way out, so that every use can be found by its name.
type Secret string

// Redacted is what every printer of a Secret sees.
const Redacted = "[redacted]"

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format answers every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

func (s Secret) String() string { return Redacted }

// GoString answers printers of Go syntax.
func (s Secret) GoString() string { return Redacted }

// MarshalText answers JSON, YAML and every other text encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue answers slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// Last4 is what may be shown of a secret so that people can tell it from
// another; a short one shows nothing.
func (s Secret) Last4() string {
	if len(s) < 16 {
		return ""
	}
	return string(s[len(s)-4:])
}
