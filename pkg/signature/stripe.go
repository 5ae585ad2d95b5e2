package signature

import "crypto/sha256"

// stripe carries the time and one signature for each of its secrets in one
// header. Of its versions only v1 is real; v0 is for tests of its own.
var stripe = Scheme{
	Name:      "stripe",
	names:     []names{{proof: "Stripe-Signature"}},
	layout:    pairs{},
	encoding:  inHex,
	signed:    content{partTimestamp + "." + partBody},
	key:       hmacKey("v1", sha256.New),
	tolerance: usualTolerance,
}
