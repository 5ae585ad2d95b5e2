package signature

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// layout is how the header of a proof is put together.
type layout interface {
	// read takes the value apart; false when it is not of this layout.
	read(value string) (claim, bool)
	// write is the opposite of read.
	write(c claim) string
}

// prefixed is one proof behind a prefix that must be exactly this.
type prefixed string

func (l prefixed) read(value string) (claim, bool) {
	text, ok := strings.CutPrefix(value, string(l))
	return claim{proofs: []proof{{text: text}}}, ok
}

func (l prefixed) write(c claim) string { return string(l) + c.proofs[0].text }

// pairs is "t=1,v1=…,v1=…": a timestamp, once, and proofs that have versions.
type pairs struct{}

func (pairs) read(value string) (c claim, ok bool) {
	for pair := range strings.SplitSeq(value, ",") {
		name, text, ok := strings.Cut(strings.TrimSpace(pair), "=")
		switch {
		case !ok, name == "t" && c.timestamp != "":
			return claim{}, false
		case name == "t":
			c.timestamp = text
		default:
			c.proofs = append(c.proofs, proof{version: name, text: text})
		}
	}
	return c, c.timestamp != ""
}

func (pairs) write(c claim) string {
	text := "t=" + c.timestamp
	for _, p := range c.proofs {
		text += "," + p.version + "=" + p.text
	}
	return text
}

// spaced is "v1,… v1a,…": proofs that have versions, a blank between them.
type spaced struct{}

func (spaced) read(value string) (c claim, ok bool) {
	for text := range strings.FieldsSeq(value) {
		if version, text, ok := strings.Cut(text, ","); ok {
			c.proofs = append(c.proofs, proof{version: version, text: text})
		}
	}
	return c, len(c.proofs) > 0
}

func (spaced) write(c claim) string {
	var all []string
	for _, p := range c.proofs {
		all = append(all, p.version+","+p.text)
	}
	return strings.Join(all, " ")
}

// credentials are what the Authorization header carries behind the word, which
// may be written in any case.
type credentials string

func (l credentials) read(value string) (claim, bool) {
	word, text, ok := strings.Cut(value, " ")
	return claim{proofs: []proof{{text: strings.TrimLeft(text, " ")}}}, ok && strings.EqualFold(word, string(l))
}

func (l credentials) write(c claim) string { return string(l) + " " + c.proofs[0].text }

// encoding is how bytes become the text of a proof.
type encoding struct {
	decode func(string) ([]byte, error)
	encode func([]byte) string
}

var (
	inHex = encoding{hex.DecodeString, hex.EncodeToString}
	// inBase64 reads one spelling only: another one of the same bytes is refused.
	inBase64 = encoding{base64.StdEncoding.Strict().DecodeString, base64.StdEncoding.EncodeToString}
	asIs     = encoding{
		func(text string) ([]byte, error) { return []byte(text), nil },
		func(value []byte) string { return string(value) },
	}
)
