package signature

import "crypto/sha256"

// composio sends as Standard Webhooks says, and takes the text of its secret as
// it is.
var composio = Scheme{
	Name:      "composio",
	names:     standard.names[:1],
	layout:    spaced{},
	encoding:  inBase64,
	signed:    standard.signed,
	key:       hmacKey("v1", sha256.New),
	tolerance: usualTolerance,
}
