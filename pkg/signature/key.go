package signature

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
)

// key is a secret in use.
type key interface {
	// version is which proofs of a header it can check.
	version() string
	// proves says, in a time that tells nothing, whether a proof was made of the
	// content with this key.
	proves(content, proof []byte) bool
	// prove makes the proof; nil for a key that can only check.
	prove(content []byte) []byte
}

// errEmpty is a secret that everybody knows.
var errEmpty = errors.New("the secret is empty")

// errPublic is a secret that is none: whoever sends may publish it.
var errPublic = errors.New("a public key is no secret: only Standard Webhooks checks with one")

// usable says why a text is no shared secret, or nil.
func usable(secret string) error {
	switch {
	case secret == "":
		return errEmpty
	case isPublic(secret):
		return errPublic
	}
	return nil
}

// mac is a key of an HMAC.
type mac struct {
	of     string
	hash   func() hash.Hash
	secret []byte
}

func (k mac) version() string { return k.of }

func (k mac) proves(content, proof []byte) bool { return hmac.Equal(proof, k.prove(content)) }

func (k mac) prove(content []byte) []byte {
	h := hmac.New(k.hash, k.secret)
	h.Write(content)
	return h.Sum(nil)
}

// hmacKey takes the bytes of a secret as they are.
func hmacKey(version string, with func() hash.Hash) func(string) (key, error) {
	return func(secret string) (key, error) {
		if err := usable(secret); err != nil {
			return nil, err
		}
		return mac{version, with, []byte(secret)}, nil
	}
}

// public is a key that can check a signature and make none.
type public struct {
	of  string
	key ed25519.PublicKey
}

func (k public) version() string { return k.of }

func (k public) proves(content, proof []byte) bool { return ed25519.Verify(k.key, content, proof) }

func (public) prove([]byte) []byte { return nil }

// shared is a secret that travels itself.
type shared string

func (shared) version() string { return "" }

// proves compares digests, so that not even the length of the secret is told.
func (k shared) proves(_, proof []byte) bool {
	ours, theirs := sha256.Sum256([]byte(k)), sha256.Sum256(proof)
	return subtle.ConstantTimeCompare(ours[:], theirs[:]) == 1
}

func (k shared) prove([]byte) []byte { return []byte(k) }

// sharedKey takes a secret as it is.
func sharedKey(secret string) (key, error) {
	if err := usable(secret); err != nil {
		return nil, err
	}
	return shared(secret), nil
}
