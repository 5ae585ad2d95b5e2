package key

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"io"
	"sync"

	"github.com/onsethq/onset/pkg/secret"
)

// Pepper is the purpose by which the keyring derives what MAC wants.
const Pepper = "key pepper"

// MAC is what a key is stored and found by. A fast hash is right because the
// entropy is ours; the pepper makes a stolen table useless.
func MAC(pepper []byte, k secret.Secret) []byte {
	return (&Hasher{Pepper: pepper}).MAC(k)
}

// Hasher is for who makes many MACs under one pepper: to begin with the pepper
// costs more than the key does. It is ready to use as a literal and safe for many
// goroutines.
type Hasher struct {
	Pepper []byte

	begun sync.Pool // of hash.Hash
}

// MAC is that of the function MAC.
func (h *Hasher) MAC(k secret.Secret) []byte {
	mac, begun := h.begun.Get().(hash.Hash)
	if !begun {
		mac = hmac.New(sha256.New, h.Pepper)
	}
	_, _ = io.WriteString(mac, k.Reveal()) // a hash takes everything
	sum := mac.Sum(nil)
	mac.Reset()
	h.begun.Put(mac)
	return sum
}
