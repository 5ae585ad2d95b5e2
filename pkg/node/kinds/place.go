package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// place is where a server of somebody else is, and what opens it. Both are
// templates in which secrets are known.
type place struct {
	// URL is written like that of a tool: its beginning is the author's.
	URL string `json:"url"`
	// Headers go with every request.
	Headers map[string]string `json:"headers"`
}

func (p place) check(path string) []fault.Detail {
	var details []fault.Detail
	wrong := func(field, format string, args ...any) {
		details = append(details, fault.Detail{Path: strictjson.Under(path, field), Code: invalid, Message: fmt.Sprintf(format, args...)})
	}
	if problem := checkURL(p.URL); problem != "" {
		wrong("url", "%s", problem)
	}
	for _, name := range sorted(p.Headers) {
		if problem := checkHeader(name); problem != "" {
			wrong("headers", "%q %s", name, problem)
		} else if textproto.CanonicalMIMEHeaderKey(name) == idempotencyKey {
			wrong("headers", "%q is set by Onset", name)
		}
	}
	return details
}

// fill is the address and the headers that a call is made with, those that tell
// which run this is among them.
func (p place) fill(ctx context.Context, in *node.Input, path string) (string, http.Header, error) {
	f := outgoing(in)
	address, err := f.text(ctx, path+".url", p.URL, expr.URL)
	if err != nil {
		return "", nil, err
	}
	headers, err := f.headers(ctx, path+".headers", p.Headers)
	if err != nil {
		return "", nil, err
	}
	for name, value := range identity(in, in.Key) {
		if name != idempotencyKey { // it belongs to one request, not to all
			headers.Set(name, value)
		}
	}
	headers.Set("User-Agent", "onset")
	return address, headers, nil
}

// headers fills the values of headers.
func (f filler) headers(ctx context.Context, path string, templates map[string]string) (http.Header, error) {
	filled := http.Header{}
	for _, name := range sorted(templates) {
		value, err := f.text(ctx, path+"."+name, templates[name], expr.Verbatim)
		if err != nil {
			return nil, err
		}
		// The same answer as for a forbidden address: who tries this gets no
		// hint at what was tried.
		if strings.ContainsFunc(value, isControl) {
			return nil, node.Permanent(run.EgressBlocked, "blocked by egress policy")
		}
		filled.Set(name, value)
	}
	return filled, nil
}

// arguments are what a tool or a node of a server is called with: filled, or
// when the config has none, what this node was itself called with.
func (f filler) arguments(ctx context.Context, templates map[string]json.RawMessage) (map[string]any, error) {
	if templates != nil {
		return f.object(ctx, "config.arguments", templates)
	}
	if args, ok := f.scope["args"].(map[string]any); ok {
		return args, nil
	}
	return map[string]any{}, nil
}

// checkName wants a name that the author has chosen: who could choose it with a
// message could have anything called.
func checkName(path, name, what string) []fault.Detail {
	problem := ""
	switch {
	case name == "":
		problem = "it needs the name of a " + what
	case len(name) > maxName:
		problem = fmt.Sprintf("the name of a %s has at most %d bytes", what, maxName)
	case strings.Contains(name, "{{"):
		problem = "the name of a " + what + " is no template"
	}
	if problem == "" {
		return nil
	}
	return []fault.Detail{{Path: path, Code: invalid, Message: problem}}
}

const maxName = 128
