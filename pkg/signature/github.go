package signature

import "crypto/sha256"

// github signs the body and nothing else: neither the delivery's id nor the name
// of the event is bound. Its older header, of SHA-1, proves nothing.
var github = Scheme{
	Name:     "github",
	names:    []names{{proof: "X-Hub-Signature-256"}},
	layout:   prefixed("sha256="),
	encoding: inHex,
	signed:   content{partBody},
	key:      hmacKey("", sha256.New),
}
