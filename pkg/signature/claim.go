package signature

import (
	"net/http"
	"slices"
)

// claim is what the headers of a request say.
type claim struct {
	id        string
	timestamp string
	proofs    []proof
}

// proof is one signature, or a secret that travels itself.
type proof struct {
	// version tells kinds of proofs in one header apart; empty when there is one.
	version string
	text    string
	value   []byte
}

// claimed reads the headers of the first spelling that the request uses.
func (s Scheme) claimed(header http.Header) (claim, error) {
	i := slices.IndexFunc(s.names, func(n names) bool { return len(header.Values(n.proof)) > 0 })
	if i < 0 {
		return claim{}, Missing
	}
	spelling := s.names[i]
	text, err := once(header, spelling.proof)
	if err != nil {
		return claim{}, err
	}
	c, ok := s.layout.read(text)
	if !ok || len(c.proofs) > mostProofs {
		return claim{}, Malformed
	}
	if spelling.id != "" {
		if c.id, err = once(header, spelling.id); err != nil {
			return claim{}, err
		}
	}
	if spelling.timestamp != "" {
		if c.timestamp, err = once(header, spelling.timestamp); err != nil {
			return claim{}, err
		}
	}
	if !s.signed.clear(c.id) {
		return claim{}, Malformed
	}
	return s.decoded(c)
}

// once is the value of a header that is there exactly once.
func once(header http.Header, name string) (string, error) {
	switch values := header.Values(name); {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", Missing
	case len(values) > 1:
		return "", Malformed
	default:
		return values[0], nil
	}
}

// decoded reads the text of the proofs; what cannot be read is no proof.
func (s Scheme) decoded(c claim) (claim, error) {
	readable := c.proofs[:0]
	for _, p := range c.proofs {
		value, err := s.encoding.decode(p.text)
		if err == nil && len(value) > 0 {
			readable = append(readable, proof{p.version, p.text, value})
		}
	}
	if c.proofs = readable; len(readable) == 0 {
		return claim{}, Malformed
	}
	return c, nil
}
