package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// Unchanged shows the entity tag of a document and says whether the caller holds
// the same one already, by If-None-Match: then the answer is 304 without a body.
// The tag is weak: fields that move by themselves are left out of the document.
func (c *Call) Unchanged(document any) bool {
	tag := tagOf(document)
	c.Header.Set("ETag", "W/"+tag)
	return holds(c.Request, tag)
}

// Holds says whether the caller has the document already.
func (c *Call) Holds(document any) bool { return holds(c.Request, tagOf(document)) }

// Conditional says that the caller told what it has already.
func (c *Call) Conditional() bool { return len(c.Request.Header.Values("If-None-Match")) > 0 }

func tagOf(document any) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic("api: a document is not JSON: " + err.Error()) // a mistake in this repository
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// holds says whether the caller has what bears the tag, whether it was told as a
// weak one or not.
func holds(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for held := range strings.SplitSeq(line, ",") {
			if held = strings.TrimSpace(held); held == "*" || strings.TrimPrefix(held, "W/") == tag {
				return true
			}
		}
	}
	return false
}
