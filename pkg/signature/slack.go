package signature

import (
	"crypto/sha256"
	"time"
)

// usualTolerance is what the senders that sign a time recommend.
const usualTolerance = 5 * time.Minute

// slack signs the time with the body.
var slack = Scheme{
	Name:      "slack",
	names:     []names{{proof: "X-Slack-Signature", timestamp: "X-Slack-Request-Timestamp"}},
	layout:    prefixed("v0="),
	encoding:  inHex,
	signed:    content{"v0:" + partTimestamp + ":" + partBody},
	key:       hmacKey("", sha256.New),
	tolerance: usualTolerance,
}
