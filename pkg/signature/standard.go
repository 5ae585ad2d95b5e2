package signature

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// standard is Standard Webhooks, which Svix and many others send: the id, the
// time and the body are signed, with a shared secret (v1) or a private key (v1a).
// Which of the two counts follows from our own secret, never from the request.
var standard = Scheme{
	Name: "standard",
	names: []names{
		{"Webhook-Signature", "Webhook-Id", "Webhook-Timestamp"},
		{"Svix-Signature", "Svix-Id", "Svix-Timestamp"},
	},
	layout:    spaced{},
	encoding:  inBase64,
	signed:    content{partID + "." + partTimestamp + "." + partBody},
	key:       standardKey,
	tolerance: usualTolerance,
}

var (
	errStandardSecret = errors.New("the secret is not of Standard Webhooks: whsec_ and base64 is expected")
	errStandardPublic = errors.New("the public key is not of Standard Webhooks: whpk_ and the base64 of an Ed25519 key is expected")
)

// standardKey reads whsec_… as a shared secret and whpk_… as a public key.
// Without a prefix it is the base64 of a shared secret.
func standardKey(secret string) (key, error) {
	if strings.HasPrefix(secret, publicPrefix) {
		value := publicKey(secret)
		if value == nil {
			return nil, errStandardPublic
		}
		return public{"v1a", value}, nil
	}
	value, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	switch {
	case err != nil:
		return nil, errStandardSecret
	case len(value) == 0:
		return nil, errEmpty
	}
	return mac{"v1", sha256.New, value}, nil
}

const publicPrefix = "whpk_"

// publicKey is what stands behind the prefix, nil when it is no key.
func publicKey(secret string) ed25519.PublicKey {
	value, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, publicPrefix))
	if err != nil || len(value) != ed25519.PublicKeySize {
		return nil
	}
	return value
}

// isPublic says whether a secret is a public key.
func isPublic(secret string) bool {
	return strings.HasPrefix(secret, publicPrefix) && publicKey(secret) != nil
}
