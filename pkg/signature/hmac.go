package signature

import (
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
)

// genericHMAC is an HMAC whose details the trigger's config says; as it stands
// here it is the one that most senders of no standard use.
var genericHMAC = Scheme{
	Name:     "hmac",
	names:    []names{{proof: "X-Webhook-Signature"}},
	layout:   prefixed("sha256="),
	encoding: inHex,
	signed:   content{partBody},
	key:      hmacKey("", sha256.New),
}

// HMAC is the config of a generic HMAC. What it does not say is as in the list.
type HMAC struct {
	Header    string  `json:"header,omitempty"`
	Prefix    *string `json:"prefix,omitempty"`
	Algorithm string  `json:"algorithm,omitempty"`
	Encoding  string  `json:"encoding,omitempty"`
	// Signed is what is signed: {body} at its end, {timestamp} and {id} before it.
	Signed          string `json:"signed,omitempty"`
	TimestampHeader string `json:"timestamp_header,omitempty"`
	IDHeader        string `json:"id_header,omitempty"`
	// Tolerance is a Go duration, five minutes unless it says otherwise.
	Tolerance string `json:"tolerance,omitempty"`
}

// The longest that a sender's clock may be away, so that what was overheard once
// does not stay usable.
const longestTolerance = time.Hour

var (
	algorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	encodings  = map[string]encoding{"hex": inHex, "base64": inBase64}
	signedText = regexp.MustCompile(`^[^{}]*(\{(id|timestamp)\}[^{}]+){0,2}\{body\}$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")
)

// Scheme makes the scheme, or says what is wrong; paths begin at the config.
func (c HMAC) Scheme() (Scheme, []fault.Detail) {
	if details := c.check(); len(details) > 0 {
		return Scheme{}, details
	}
	s := genericHMAC
	s.names = []names{{proof: cmp.Or(c.Header, s.names[0].proof), id: c.IDHeader, timestamp: c.TimestampHeader}}
	algorithm := cmp.Or(c.Algorithm, "sha256")
	s.key = hmacKey("", algorithms[algorithm])
	s.encoding = encodings[cmp.Or(c.Encoding, "hex")]
	switch {
	case c.Prefix != nil:
		s.layout = prefixed(*c.Prefix)
	case c.Algorithm != "":
		s.layout = prefixed(algorithm + "=")
	}
	s.signed = content{cmp.Or(c.Signed, partBody)}
	if c.TimestampHeader != "" {
		s.tolerance, _ = time.ParseDuration(cmp.Or(c.Tolerance, usualTolerance.String()))
	}
	return s, nil
}

// check says everything that is wrong.
func (c HMAC) check() (all []fault.Detail) {
	wrong := func(path, format string, args ...any) {
		all = append(all, fault.Detail{Path: path, Code: "invalid", Message: fmt.Sprintf(format, args...)})
	}
	if _, known := algorithms[cmp.Or(c.Algorithm, "sha256")]; !known {
		wrong("algorithm", "algorithm %q is not known: sha256, sha384, sha512", c.Algorithm)
	}
	if _, known := encodings[cmp.Or(c.Encoding, "hex")]; !known {
		wrong("encoding", "encoding %q is not known: hex, base64", c.Encoding)
	}
	if c.Header != "" && !headerName.MatchString(c.Header) {
		wrong("header", "%q is not the name of a header", c.Header)
	}
	if c.sameHeader() {
		wrong("header", "the signature, the id and the timestamp need headers of their own")
	}
	c.checkSigned(wrong)
	switch d, err := time.ParseDuration(cmp.Or(c.Tolerance, usualTolerance.String())); {
	case err != nil || d <= 0 || d > longestTolerance:
		wrong("tolerance", "%q is not a duration of up to %s", c.Tolerance, longestTolerance)
	case c.Tolerance != "" && c.TimestampHeader == "":
		wrong("tolerance", "a tolerance needs a timestamp_header")
	}
	return all
}

// checkSigned says what is wrong with what is signed: every part of it comes from
// somewhere, and nothing that comes is left out.
func (c HMAC) checkSigned(wrong func(path, format string, args ...any)) {
	signed := cmp.Or(c.Signed, partBody)
	if !signedText.MatchString(signed) {
		wrong("signed", "{body} must stand at the end, and before it {id} and {timestamp} once at most, each with a text behind it")
	}
	for _, x := range []struct{ path, header, part string }{
		{"id_header", c.IDHeader, partID}, {"timestamp_header", c.TimestampHeader, partTimestamp},
	} {
		switch n := strings.Count(signed, x.part); {
		case x.header != "" && !headerName.MatchString(x.header):
			wrong(x.path, "%q is not the name of a header", x.header)
		case n > 1:
			wrong("signed", "%s stands more than once", x.part)
		case n == 1 && x.header == "":
			wrong(x.path, "say which header carries the %s that is signed", strings.Trim(x.part, "{}"))
		case n == 0 && x.header != "":
			wrong(x.path, "what is not signed proves nothing: put %s into signed", x.part)
		}
	}
}

// sameHeader says whether one header would have to carry two things.
func (c HMAC) sameHeader() bool {
	proof := http.CanonicalHeaderKey(cmp.Or(c.Header, genericHMAC.names[0].proof))
	id, timestamp := http.CanonicalHeaderKey(c.IDHeader), http.CanonicalHeaderKey(c.TimestampHeader)
	return proof == id || proof == timestamp || id == timestamp && id != ""
}
