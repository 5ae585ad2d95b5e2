package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/onsethq/onset/pkg/fault"
)

var errBadCursor = fault.New(fault.BadCursor, "the cursor is not one that this list gave")

// cursorMAC is how many bytes of the signature stand before the place.
const cursorMAC = 16

// cursor makes the opaque text that names a place in one of the tenant's
// lists. It opens nothing (the statement behind it names the workspace too),
// but a guessed or borrowed one is refused instead of answered with nonsense.
func (t Tenant) cursor(list, place string) string {
	mac := hmac.New(sha256.New, t.s.cursorKey)
	mac.Write(t.ws[:])
	mac.Write([]byte(list))
	mac.Write([]byte{0})
	mac.Write([]byte(place))
	return base64.RawURLEncoding.EncodeToString(append(mac.Sum(nil)[:cursorMAC], place...))
}

// place reads a cursor back. Only the very text that cursor made for this
// workspace and list passes.
func (t Tenant) place(list, cursor string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < cursorMAC {
		return "", errBadCursor
	}
	place := string(b[cursorMAC:])
	if !hmac.Equal([]byte(cursor), []byte(t.cursor(list, place))) {
		return "", errBadCursor
	}
	return place, nil
}
