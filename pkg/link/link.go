// Package link is the address under which somebody without a key may answer one
// thing that a run asks: what it says, and whether we said it. It says nothing
// of whether the answer is still wanted; that the store knows.
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// Purpose is what the key of a Signer is derived for.
const Purpose = "links to asks"

// The roots of the two kinds of address, with a slash at the end. Behind them
// stand the ask's id and the token.
const (
	People  = "/answer/"
	Systems = "/api/v1/callbacks/"
)

// Signer makes addresses and knows its own.
type Signer struct {
	Key []byte
	// Base is where the gateway is reached, without a slash at the end.
	Base string
}

// Pass is what an address says: whose ask may be answered, and in whose name.
type Pass struct {
	Workspace uuid.UUID
	Ask       uuid.UUID
	// For is who was given the address; empty for another system.
	For string
}

// MaxFor is how long the name of a receiver may be, in bytes.
const MaxFor = 200

// Person is the address of a page that shows the ask and takes the answer of the
// one who is named.
func (s Signer) Person(p Pass) string { return s.address(People, p) }

// Callback is the address to which another system posts its answer.
func (s Signer) Callback(workspace, ask uuid.UUID) string {
	return s.address(Systems, Pass{Workspace: workspace, Ask: ask})
}

func (s Signer) address(root string, p Pass) string {
	token := append(s.mac(root, p), p.Workspace[:]...)
	token = append(token, p.For...)
	return s.Base + root + p.Ask.String() + "/" + base64.RawURLEncoding.EncodeToString(token)
}

// Open reads the ask's id and the token of an address below a root; ok is false
// for every address that we did not make.
func (s Signer) Open(root, ask, token string) (p Pass, ok bool) {
	id, err := uuid.Parse(ask)
	if err != nil || len(ask) != 36 {
		return Pass{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < sha256.Size+16 || strings.ContainsAny(token, "\r\n") {
		return Pass{}, false
	}
	p = Pass{Workspace: uuid.UUID(raw[sha256.Size : sha256.Size+16]), Ask: id, For: string(raw[sha256.Size+16:])}
	if !hmac.Equal(raw[:sha256.Size], s.mac(root, p)) {
		return Pass{}, false
	}
	return p, true
}

// mac is over the kind of address too: who was shown the one cannot make the
// other of it.
func (s Signer) mac(root string, p Pass) []byte {
	m := hmac.New(sha256.New, s.Key)
	m.Write([]byte(root))
	m.Write(p.Ask[:])
	m.Write(p.Workspace[:])
	m.Write([]byte(p.For))
	return m.Sum(nil)
}
