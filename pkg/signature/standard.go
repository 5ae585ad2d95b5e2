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
	if text, found := strings.CutPrefix(secret, "whpk_"); found {
		value, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(value) != ed25519.PublicKeySize {
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
