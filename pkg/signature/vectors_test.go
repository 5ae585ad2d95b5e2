package signature

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// vector is a request that somebody else signed.
type vector struct {
	From, Scheme, ID, Secret, Body string
	At                             int64
	Headers                        map[string]string
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (v vector) scheme(t testing.TB) Scheme {
	t.Helper()
	s, found := Find(v.Scheme)
	if !found {
		t.Fatalf("scheme %q does not exist", v.Scheme)
	}
	return s
}

// request is the vector as it arrives, at the time that it says.
func (v vector) request() Request {
	r := Request{Header: http.Header{}, Body: []byte(v.Body), Now: time.Unix(v.At, 0), Secrets: []Secret{{Value: secret.Secret(v.Secret)}}}
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

func TestPublishedVectorsAreAccepted(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range vectors(t) {
		if _, err := v.scheme(t).Verify(v.request()); err != nil {
			t.Errorf("%s (%s): %v", v.Scheme, v.From, err)
		}
		seen[v.Scheme] = true
	}
	for _, name := range Names() {
		if !seen[name] {
			t.Errorf("no vector of scheme %q", name)
		}
	}
}

// What we sign is what the vectors say, byte for byte.
func TestSigningMakesThePublishedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		s, sent := v.scheme(t), v.request()
		header, err := s.Sign(secret.Secret(v.Secret), v.ID, time.Unix(v.At, 0), sent.Body)
		if strings.HasPrefix(v.Secret, "whpk_") {
			if err == nil {
				t.Error("a public key signed something")
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", v.From, err)
		}
		theirs := sent.Header.Get(s.names[0].proof)
		if theirs == "" {
			theirs = sent.Header.Get(s.names[1].proof)
		}
		if got := header.Get(s.names[0].proof); got != theirs {
			t.Errorf("%s: signed %q, want %q", v.From, got, theirs)
		}
	}
}
