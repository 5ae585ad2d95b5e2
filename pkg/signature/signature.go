// Package signature decides whether a request was sent by somebody who knows a
// secret. Schemes are data: the headers that carry a proof, how its text is put
// together, what is signed, and how a secret becomes a key.
//
// Everything is computed over the bytes that arrived, before anything reads them
// as JSON or as a form; all secrets and all proofs are compared, in constant
// time; what a header says twice counts as not said. A scheme that signs no time
// cannot tell a repeated request from a new one: who uses it remembers what it
// has seen (Match.Proof).
package signature

import (
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// MostSecrets is how many secrets one sender may have at the same time, so that
// they can be exchanged without a moment in which neither is right.
const MostSecrets = 4

// mostProofs is how many proofs a header may carry. Senders carry one for each
// of their own secrets.
const mostProofs = 10

// Scheme is how one kind of sender proves who it is.
type Scheme struct {
	// Name is what a trigger's config calls it.
	Name string
	// names are the headers, one set for each spelling.
	names []names
	// layout is how the header of the proof is put together.
	layout layout
	// decode reads the text of a proof, encode writes it.
	encoding encoding
	// signed is what is signed; the zero content means that nothing is, the
	// secret itself travels.
	signed content
	// key makes a secret usable.
	key func(secret string) (key, error)
	// tolerance is how far the sender's clock may be away from ours; 0 when the
	// scheme knows no time.
	tolerance time.Duration
}

// names are the headers of one spelling; the last two may be empty.
type names struct{ proof, id, timestamp string }

// Secret is one of a sender's secrets with its time. A zero bound is open.
type Secret struct {
	Value     secret.Secret
	NotBefore time.Time
	NotAfter  time.Time
}

// live says whether the secret counts at a moment.
func (s Secret) live(now time.Time) bool {
	return s.Value != "" && !now.Before(s.NotBefore) && (s.NotAfter.IsZero() || now.Before(s.NotAfter))
}

// Request is what arrived.
type Request struct {
	Header http.Header
	// Body is every byte of it, as it came.
	Body    []byte
	Now     time.Time
	Secrets []Secret
}

// Match is what was proved.
type Match struct {
	// Secret is which of the request's secrets was the right one.
	Secret int
	// Proof is the proof in one spelling, so that the same one is recognised when
	// it comes again; empty when the scheme binds no body.
	Proof string
	// ID is the sender's id of the message when it is signed, else empty.
	ID string
}

// Refusal is why a request proves nothing.
type Refusal string

// A request is refused for one of these.
const (
	NoSecret  Refusal = "no secret is configured"
	Missing   Refusal = "the signature is missing"
	Malformed Refusal = "the signature cannot be read"
	Stale     Refusal = "the timestamp is outside of the tolerance"
	Mismatch  Refusal = "the signature does not match"
)

func (r Refusal) Error() string { return string(r) }

// SignsBody says whether the proof binds the body, so that nobody who saw one
// request can send another one.
func (s Scheme) SignsBody() bool { return s.signed.text != "" }

// Check says why a secret cannot be used with this scheme, or nil.
func (s Scheme) Check(value secret.Secret) error {
	_, err := s.key(value.Reveal())
	return err
}
