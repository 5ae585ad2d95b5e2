package signature

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

var noon = time.Unix(1_700_000_000, 0)

// secrets that each scheme can use.
func secretOf(scheme string, n int) secret.Secret {
	switch scheme {
	case "standard":
		return secret.Secret(fmt.Sprintf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS%d", n))
	case "basic":
		return secret.Secret(fmt.Sprintf("jira:open-sesame-%d", n))
	default:
		return secret.Secret(fmt.Sprintf("a secret of its own %d", n))
	}
}

var body = []byte(`{"event":"opened","number":9007199254740993}`)

// signed is a request that the secret of this number signed at noon.
func signed(t testing.TB, s Scheme, n int) Request {
	t.Helper()
	header, err := s.Sign(secretOf(s.Name, n), "msg_1", noon, body)
	if err != nil {
		t.Fatal(err)
	}
	return Request{Header: header, Body: body, Now: noon, Secrets: []Secret{{Value: secretOf(s.Name, n)}}}
}

func TestWhicheverLiveSecretSignedIsNamed(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for n := range MostSecrets + 1 {
			r := signed(t, s, n)
			r.Secrets = nil
			for i := range MostSecrets + 1 {
				r.Secrets = append(r.Secrets, Secret{Value: secretOf(s.Name, i)})
			}
			m, err := s.Verify(r)
			if n < MostSecrets && (err != nil || m.Secret != n) {
				t.Errorf("%s: secret %d matched as %d, %v", s.Name, n, m.Secret, err)
			}
			if n == MostSecrets && err != Mismatch {
				t.Errorf("%s: a fifth secret counted: %v", s.Name, err)
			}
		}
	}
}

func TestSecretsCountWithinTheirTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, until time.Duration // of noon; 0 is open
		want        error
	}{
		"open":          {0, 0, nil},
		"from now":      {-time.Nanosecond, 0, nil},
		"until later":   {0, time.Nanosecond, nil},
		"over":          {-time.Hour, -time.Nanosecond, Mismatch},
		"not yet":       {time.Nanosecond, time.Hour, Mismatch},
		"over long ago": {0, -time.Hour, Mismatch},
	} {
		for _, s := range All() {
			r := signed(t, s, 1)
			if c.from != 0 {
				r.Secrets[0].NotBefore = noon.Add(c.from)
			}
			if c.until != 0 {
				r.Secrets[0].NotAfter = noon.Add(c.until)
			}
			r.Secrets = append([]Secret{{Value: secretOf(s.Name, 2)}}, r.Secrets...)
			m, err := s.Verify(r)
			if err != c.want || err == nil && m.Secret != 1 {
				t.Errorf("%s, %s: secret %d, %v", s.Name, name, m.Secret, err)
			}
			r.Secrets = r.Secrets[1:]
			if _, err := s.Verify(r); c.want != nil && err != NoSecret {
				t.Errorf("%s, %s, alone: %v", s.Name, name, err)
			}
		}
	}
}

func TestTheBoundOfTheToleranceIsInside(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for away, want := range map[time.Duration]error{
			-usualTolerance: nil, usualTolerance: nil, usualTolerance + time.Second: Stale, -usualTolerance - time.Second: Stale,
		} {
			r := signed(t, s, 1)
			r.Now = noon.Add(away)
			if s.tolerance == 0 {
				want = nil
			}
			if _, err := s.Verify(r); err != want {
				t.Errorf("%s, %s away: %v", s.Name, away, err)
			}
		}
	}
}

// The same proof is the same whatever the spelling, or a repeated request would
// pass for a new one; and a secret that travels itself is never remembered.
func TestProofIsTheSameInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		r := signed(t, s, 1)
		first, err := s.Verify(r)
		if err != nil {
			t.Fatal(err)
		}
		if (first.Proof != "") != s.SignsBody() {
			t.Errorf("%s: remembered %q", s.Name, first.Proof)
		}
		prefix, proof, found := strings.Cut(r.Header.Get(s.names[0].proof), "=")
		if !found || s.Name == "stripe" || s.encoding.encode([]byte{255}) != "ff" {
			continue
		}
		r.Header.Set(s.names[0].proof, prefix+"="+strings.ToUpper(proof))
		if again, err := s.Verify(r); err != nil || again != first {
			t.Errorf("%s: in upper case %v, %v", s.Name, again, err)
		}
	}
}

func TestOneOfSeveralProofsIsEnough(t *testing.T) {
	t.Parallel()
	wrong := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		scheme Scheme
		header string
		text   string // %s is the right proof
	}{
		"second v1":      {stripe, "Stripe-Signature", "t=1700000000,v1=" + wrong + ",v1=%s"},
		"in any order":   {stripe, "Stripe-Signature", "v1=%s,v0=" + wrong + ",t=1700000000"},
		"with blanks":    {stripe, "Stripe-Signature", "t=1700000000, v1=%s"},
		"unknown fields": {stripe, "Stripe-Signature", "t=1700000000,x=y,v1=%s"},
		"second":         {standard, "Webhook-Signature", "v1,AAAA v1,%s"},
		"after v1a":      {standard, "Webhook-Signature", "v1a,AAAA v2,AAAA v1,%s"},
		"after nonsense": {standard, "Webhook-Signature", "v1 v1,! v1,%s"},
	} {
		r := signed(t, c.scheme, 1)
		text := r.Header.Get(c.header)
		right := text[strings.LastIndex(text, "v1")+3:]
		r.Header.Set(c.header, fmt.Sprintf(c.text, right))
		if _, err := c.scheme.Verify(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStandardWebhooksUnderTheNamesOfSvix(t *testing.T) {
	t.Parallel()
	r := signed(t, standard, 1)
	theirs := http.Header{}
	for name, values := range r.Header {
		theirs[strings.Replace(name, "Webhook", "Svix", 1)] = values
	}
	r.Header = theirs
	if m, err := standard.Verify(r); err != nil || m.ID != "msg_1" {
		t.Errorf("%v, %v", m, err)
	}
	r.Header.Set("Webhook-Signature", "v1,AAAA") // the spelling that counts
	if _, err := standard.Verify(r); err == nil {
		t.Error("two spellings were mixed")
	}
}

func TestSecretsThatCannotBeUsedAreRefusedWhenTheyAreSet(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		if s.Check("") == nil {
			t.Errorf("%s takes an empty secret", s.Name)
		}
		if err := s.Check(secretOf(s.Name, 1)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for text, s := range map[string]Scheme{"whsec_": standard, "whsec_not base64": standard, "whpk_AAAA": standard, ":": basicAuth, "password": basicAuth} {
		if s.Check(secret.Secret(text)) == nil {
			t.Errorf("%s takes %q", s.Name, text)
		}
	}
}
