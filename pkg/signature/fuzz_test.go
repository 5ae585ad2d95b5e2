package signature

import (
	"bytes"
	"net/http"
	"testing"
)

// Whatever a stranger writes into the headers: nothing fails, and nothing is
// accepted that was not signed with the secret.
func FuzzStrangersHeadersProveNothing(f *testing.F) {
	for _, v := range vectors(f) {
		s := v.scheme(f)
		r := v.request()
		f.Add(s.Name, r.Header.Get(s.names[0].proof), v.ID, "1700000000", v.Body)
	}
	f.Add("stripe", "t=,v1=,,=", "", "", "")
	f.Add("standard", "v1, v1a,= ,", ".", "-1", "{}")
	f.Add("basic", "Basic  Og==", "", "", "")
	f.Fuzz(func(t *testing.T, name, value, id, timestamp, text string) {
		s, found := Find(name)
		if !found {
			return
		}
		genuine, header := signed(t, s, 1), http.Header{}
		header.Set(s.names[0].proof, value)
		if s.names[0].id != "" {
			header.Set(s.names[0].id, id)
		}
		if s.names[0].timestamp != "" {
			header.Set(s.names[0].timestamp, timestamp)
		}
		m, err := s.Verify(Request{Header: header, Body: []byte(text), Now: noon, Secrets: genuine.Secrets})
		if err != nil {
			return
		}
		k, _ := s.key(genuine.Secrets[0].Value.Reveal())
		proved, _ := s.claimed(header)
		want := k.prove(s.signed.of(proved.id, proved.timestamp, []byte(text)))
		for _, p := range proved.proofs {
			if bytes.Equal(p.value, want) {
				return
			}
		}
		t.Errorf("accepted %q as %+v", value, m)
	})
}

// Every config that is accepted makes a scheme that accepts what it
// signs and refuses another body.
func FuzzConfigsThatAreAcceptedWork(f *testing.F) {
	f.Add("hmac", "X-Sig", "sha512", "base64", "{timestamp}.{body}", "X-Time", "", "1m", "msg")
	f.Add("hmac", "", "", "", "{id}.{timestamp}.{body}", "T", "I", "", "a.b")
	f.Add("hmac", "T", "", "", "{timestamp}{body}", "T", "", "0s", "")
	f.Add("header", "X-Gitlab-Token", "", "", "", "", "", "", "")
	f.Add("github", "", "", "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, scheme, header, algorithm, encoding, signed, timestamp, id, tolerance, message string) {
		s, wrong := Config{scheme, HMAC{
			Header: header, Algorithm: algorithm, Encoding: encoding, Signed: signed,
			TimestampHeader: timestamp, IDHeader: id, Tolerance: tolerance,
		}}.Open()
		if len(wrong) > 0 || message == "" || !s.signed.clear(message) {
			return
		}
		with := secretOf(s.Name, 1)
		sent, err := s.Sign(with, message, noon, body)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{Header: sent, Body: body, Now: noon, Secrets: []Secret{{Value: with}}}
		if _, err := s.Verify(r); err != nil {
			t.Errorf("%+v refuses %v: %v", s, sent, err)
		}
		r.Body = body[1:]
		if _, err := s.Verify(r); err == nil && s.SignsBody() {
			t.Errorf("%+v accepts another body", s)
		}
	})
}
