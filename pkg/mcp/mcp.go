// Package mcp calls the tools of MCP servers, which belong to somebody else:
// over streamable HTTP, through the guarded door, with a bound on everything a
// server may send. Nothing is kept between two calls; a server is greeted,
// asked and left.
//
// A server that asks back (for a model, for a person, for files) is told that
// this client has none of it.
package mcp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/egress"
)

// Server is an MCP server as a node reaches it.
type Server struct {
	URL string
	// Headers go with every request, an Authorization for one.
	Headers http.Header
	// HTTP is the guarded door.
	HTTP *http.Client
}

const (
	// budget is what a server may send in one visit, in bytes.
	budget = 4 << 20
	// reconnects is how often a stream that breaks is taken up again without
	// anything new in between.
	reconnects = 2
)

// visit greets the server, lets do ask it, and leaves. Errors are *node.Error,
// or that of a context that has ended.
func (s Server) visit(ctx context.Context, key string, do func(context.Context, *sdk.ClientSession) error) (err error) {
	line, err := egress.NewLine(s.HTTP, s.URL, s.Headers, budget)
	if err != nil {
		return noAddress
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave() // ends what the server would go on sending
	client := line.Client()
	client.Transport = answers{keyed{line, key}}
	greeter := sdk.NewClient(&sdk.Implementation{Name: "onset", Version: "1"}, &sdk.ClientOptions{
		Capabilities:   &sdk.ClientCapabilities{},
		MultiRoundTrip: &sdk.MultiRoundTripOptions{Disabled: true},
		Logger:         slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	session, err := greeter.Connect(ctx, &sdk.StreamableClientTransport{
		Endpoint: s.URL, HTTPClient: client, MaxRetries: reconnects, DisableStandaloneSSE: true, MaxEventSize: budget,
	}, nil)
	if err != nil {
		return failure(ctx, line, err, false)
	}
	defer session.Close()
	before := line.Reached()
	defer func() { // the library panics over some answers that make no sense
		if p := recover(); p != nil {
			err = failure(ctx, line, errSenseless, true)
		}
	}()
	if err := do(ctx, session); err != nil {
		return failure(ctx, line, err, line.Reached() > before)
	}
	return nil
}

var errSenseless = errors.New("its answer is none of the protocol")

// farewell is how long a server may take to hear that its caller leaves.
const farewell = time.Second

// calling marks the context of the one request that has an effect.
type calling struct{}

// keyed gives that request its idempotency key, and the farewell its end. The name is not in the form in
// which Go's client would see it: it would send the request again by itself
// when a kept connection breaks.
type keyed struct {
	next http.RoundTripper
	key  string
}

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method == http.MethodDelete:
		ctx, stop := context.WithTimeout(r.Context(), farewell)
		defer stop()
		r = r.WithContext(ctx)
	case r.Method == http.MethodPost && r.Context().Value(calling{}) != nil:
		r = r.Clone(r.Context())
		r.Header[strings.ToLower("Idempotency-Key")] = []string{k.key}
	}
	return k.next.RoundTrip(r)
}
