package signature

import "crypto/sha256"

// atlassian is how Jira signs: as GitHub does, in the older header of WebSub,
// where the method stands before the signature.
var atlassian = Scheme{
	Name:     "atlassian",
	names:    []names{{proof: "X-Hub-Signature"}, {proof: "X-Hub-Signature-256"}},
	layout:   prefixed("sha256="),
	encoding: inHex,
	signed:   content{partBody},
	key:      hmacKey("", sha256.New),
}
