package trigger

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/onsethq/onset/pkg/signature"
)

// Hook is a request that somebody sent to the webhook of a trigger, as it
// arrived. Nothing in it is to be believed before it is verified.
type Hook struct {
	Method string
	Header http.Header
	Query  url.Values
	// Body is every byte of it, before anything read it.
	Body []byte
	At   time.Time
}

// Hooked is implemented by providers whose triggers are started by webhooks. A
// provider judges one request by itself; what came before it, and whether a run
// follows, is for others to know (package intake).
type Hooked interface {
	// MaxBody is how many bytes a request may have.
	MaxBody() int
	// Verify says which of the secrets vouches for the request, or why none does:
	// a signature.Refusal, or a fault that the sender is to hear as it is.
	Verify(config json.RawMessage, h Hook, secrets []signature.Secret) (signature.Match, error)
	// Read says what a verified request reports. An error is a fault that the
	// sender is to hear: UnsupportedMediaType, BadJSON.
	Read(t Trigger, h Hook, m signature.Match) (Report, error)
}

// Conceals is implemented by providers whose config says in which header a secret
// is sent.
type Conceals interface {
	// Conceals are headers of which nothing is kept.
	Conceals(config json.RawMessage) []string
}

// Unverified is the match of a request whose trigger asks for no proof.
const Unverified = -1

// Report is what a request says that was verified.
type Report struct {
	// Event is what happened, in the sender's words ("issues.opened"); empty when
	// the sender has none for it.
	Event string
	// ID is the same when the same thing is sent again, and of nothing else that
	// the trigger is sent. Empty: every request is another one.
	ID string
	// Subject is what it is about ("acme/shop#12"): how often one subject starts
	// runs is bounded. Empty is not.
	Subject string
	// Actor is who made it happen, by the name that the sender knows.
	Actor string
	// Payload is the body as expressions see it, a plain JSON value.
	Payload any
	// Begins is what a run begins with where the trigger's config says nothing.
	Begins Event
	// Ignored is why the request starts no run whatever the filter says; empty
	// when it may.
	Ignored string
	// Answer is what the sender waits to hear, whether a run is started or not;
	// nil for the surface's own words.
	Answer *HookAnswer
	// Handshake says that the request only asks for the answer.
	Handshake bool
}

// HookAnswer is the body of a 200 in the sender's words.
type HookAnswer struct {
	ContentType string
	Body        []byte
}
