package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// Unchanged shows the entity tag of a document and says whether the caller holds
// the same one already, by If-None-Match: then the answer is 304 without a body.
// The tag is weak: fields that move by themselves are left out of the document.
func (c *Call) Unchanged(document any) bool { return c.unchanged(c.tagOf(document)) }

// UnchangedView is Unchanged for what is written already.
func (c *Call) UnchangedView(v *View) bool { return c.unchanged(v.tag) }

func (c *Call) unchanged(tag string) bool {
	c.Header["Etag"] = []string{"W/" + tag}
	return holds(c.Request, tag)
}

// Holds says whether the caller has the document already.
func (c *Call) Holds(document any) bool { return holds(c.Request, c.tagOf(document)) }

// Conditional says that the caller told what it has already.
func (c *Call) Conditional() bool { return len(c.Request.Header.Values("If-None-Match")) > 0 }

func (c *Call) tagOf(document any) string {
	p := c.door.pen()
	defer c.door.put(p)
	return tagOf(p.write(document))
}

func tagOf(text []byte) string {
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
