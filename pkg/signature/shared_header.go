package signature

import (
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
)

// sharedHeader is a secret in a header of its own: for senders that cannot
// compute anything. It binds neither the body nor a time, so who reads one
// request can send any other.
var sharedHeader = Scheme{
	Name:     "header",
	names:    []names{{proof: "X-Trigger-Secret"}},
	layout:   prefixed(""),
	encoding: asIs,
	key:      sharedKey,
}

// Named is the shared header under another name.
func Named(header string) (Scheme, []fault.Detail) {
	if !headerName.MatchString(header) {
		return Scheme{}, []fault.Detail{{Path: "header", Code: "invalid", Message: fmt.Sprintf("%q is not the name of a header", header)}}
	}
	s := sharedHeader
	s.names = []names{{proof: header}}
	return s, nil
}
