package signature

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// errCannotSign is asking a public key for a signature.
var errCannotSign = errors.New("a public key can only check signatures")

// Sign gives the headers that prove a message, in the first spelling of the
// scheme. What the scheme does not sign, it does not need.
func (s Scheme) Sign(with secret.Secret, id string, at time.Time, body []byte) (http.Header, error) {
	k, err := s.key(with.Reveal())
	if err != nil {
		return nil, err
	}
	c := claim{id: id, timestamp: strconv.FormatInt(at.Unix(), 10)}
	value := k.prove(s.signed.of(c.id, c.timestamp, body))
	if value == nil {
		return nil, errCannotSign
	}
	c.proofs = []proof{{version: k.version(), text: s.encoding.encode(value)}}
	header, spelling := http.Header{}, s.names[0]
	header.Set(spelling.proof, s.layout.write(c))
	if spelling.id != "" {
		header.Set(spelling.id, c.id)
	}
	if spelling.timestamp != "" {
		header.Set(spelling.timestamp, c.timestamp)
	}
	return header, nil
}
