package native

import (
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// tag shows a document's revision as its entity tag.
func tag(c *api.Call, revision int) { c.Header.Set("ETag", strconv.Quote(strconv.Itoa(revision))) }

// ifMatch is the revision that the caller saw, or nil when it does not care. A
// tag that is none of ours matches nothing.
func ifMatch(c *api.Call) (*int, error) {
	text := c.Request.Header.Get("If-Match")
	if text == "" {
		return nil, nil
	}
	revision, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(text, "W/"), `"`))
	if err != nil || revision < 1 {
		return nil, fault.New(fault.RevisionMismatch, "If-Match names no revision: send the ETag that was read")
	}
	return &revision, nil
}
