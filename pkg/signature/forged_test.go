package signature

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// forgery changes a request that was true. False means that it has no meaning
// for the scheme.
type forgery func(t *testing.T, s Scheme, r *Request) bool

// forgeries are what somebody who knows no secret may try. Each scheme is asked
// for at least twenty.
var forgeries = map[string]forgery{
	"changed byte":        ofBody(func(b []byte) []byte { b[3] ^= 1; return b }),
	"line feed behind":    ofBody(func(b []byte) []byte { return append(b, '\n') }),
	"last byte missing":   ofBody(func(b []byte) []byte { return b[:len(b)-1] }),
	"no body":             ofBody(func([]byte) []byte { return nil }),
	"body encoded anew":   ofBody(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`":`), []byte(`": `)) }),
	"number rounded":      ofBody(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("993"), []byte("992")) }),
	"byte order mark":     ofBody(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }),
	"body twice":          ofBody(func(b []byte) []byte { return append(b, b...) }),
	"no header":           ofHeader(func(string) []string { return nil }),
	"empty header":        ofHeader(func(string) []string { return []string{""} }),
	"blank header":        ofHeader(func(string) []string { return []string{" "} }),
	"repeated header":     ofHeader(func(v string) []string { return []string{v, v} }),
	"wrong header first":  ofHeader(func(v string) []string { return []string{v + "0", v} }),
	"wrong header behind": ofHeader(func(v string) []string { return []string{v, v + "0"} }),
	"quoted":              ofHeader(func(v string) []string { return []string{`"` + v + `"`} }),
	"one character less":  ofHeader(func(v string) []string { return []string{v[:len(v)-1]} }),
	"two characters less": ofHeader(func(v string) []string { return []string{v[:len(v)-2]} }),
	"half of it":          ofHeader(func(v string) []string { return []string{v[:len(v)/2]} }),
	"one character more":  ofHeader(func(v string) []string { return []string{v + "a"} }),
	"zero byte behind":    ofHeader(func(v string) []string { return []string{v + "\x00"} }),
	"word only":           ofHeader(func(v string) []string { return []string{v[:strings.IndexAny(v+"=", "=, ")+1]} }),
	"a stranger's word":   ofHeader(func(v string) []string { return []string{"undefined"} }),
	"null":                ofHeader(func(v string) []string { return []string{"null"} }),
	"list of both": func(_ *testing.T, s Scheme, r *Request) bool {
		v := r.Header.Get(s.names[0].proof)
		r.Header.Set(s.names[0].proof, v+","+v)
		return s.Name != "stripe" // whose header is a list
	},
	"another method": ofProof(func(s Scheme, word, proof string) string {
		return strings.NewReplacer("sha256", "sha1", "v0", "v1", "v1", "v0", "Bearer", "Basic", "Basic", "Bearer").Replace(word) + proof
	}),
	"prefix missing": ofProof(func(_ Scheme, _, proof string) string { return proof }),
	"prefix in another case": func(_ *testing.T, s Scheme, r *Request) bool {
		word, proof := cut(r.Header.Get(s.names[0].proof))
		r.Header.Set(s.names[0].proof, strings.ToUpper(word)+proof)
		_, anyCase := s.layout.(credentials)
		return word != "" && !anyCase
	},
	"only zeros":  ofProof(func(_ Scheme, word, proof string) string { return word + strings.Repeat("0", len(proof)) }),
	"empty proof": ofProof(func(_ Scheme, word, _ string) string { return word }),
	"another encoding": ofProof(func(s Scheme, word, proof string) string {
		value, _ := s.encoding.decode(proof)
		if s.encoding.encode(value[:1]) == hex.EncodeToString(value[:1]) {
			return word + base64.StdEncoding.EncodeToString(value)
		}
		return word + hex.EncodeToString(value)
	}),
	"first character changed": ofProof(func(_ Scheme, word, proof string) string { return word + other(proof[:1]) + proof[1:] }),
	"signed with SHA-1": by(func(b []byte) []byte {
		h := hmac.New(sha1.New, []byte("a secret of its own 1"))
		h.Write(b)
		return h.Sum(nil)
	}),
	"signed with SHA-512": by(func(b []byte) []byte {
		h := hmac.New(sha512.New, []byte("a secret of its own 1"))
		h.Write(b)
		return h.Sum(nil)[:32]
	}),
	"signed with no key": by(func(b []byte) []byte { return mac{"", algorithms["sha256"], nil}.prove(b) }),
	"hash without a key": by(func(b []byte) []byte { h := algorithms["sha256"](); h.Write(b); return h.Sum(nil) }),
	"the key itself":     by(func([]byte) []byte { return []byte("a secret of its own 2") }),
	"another secret": func(t *testing.T, s Scheme, r *Request) bool {
		r.Header = signed(t, s, 2).Header
		return true
	},
	"empty secret": func(_ *testing.T, _ Scheme, r *Request) bool { r.Secrets[0].Value = ""; return true },
	"no secret":    func(_ *testing.T, _ Scheme, r *Request) bool { r.Secrets = nil; return true },
	"a secret that is over": func(_ *testing.T, _ Scheme, r *Request) bool {
		r.Secrets[0].NotAfter = r.Now
		return true
	},
	"another header": func(_ *testing.T, s Scheme, r *Request) bool {
		r.Header.Set("X-Signature", r.Header.Get(s.names[0].proof))
		r.Header.Del(s.names[0].proof)
		return true
	},
	"old":                at(-usualTolerance - time.Second),
	"of the future":      at(usualTolerance + time.Second),
	"a second later":     ofTime(func(string) []string { return []string{"1700000001"} }),
	"in milliseconds":    ofTime(func(v string) []string { return []string{v + "000"} }),
	"negative":           ofTime(func(v string) []string { return []string{"-" + v} }),
	"no number":          ofTime(func(string) []string { return []string{"now"} }),
	"beyond all numbers": ofTime(func(v string) []string { return []string{v + v + v} }),
	"no time":            ofTime(func(string) []string { return nil }),
	"two times":          ofTime(func(v string) []string { return []string{v, v} }),
	"another id":         ofID(func(string) []string { return []string{"msg_2"} }),
	"no id":              ofID(func(string) []string { return nil }),
	"two ids":            ofID(func(v string) []string { return []string{v, v} }),
	"longer id":          ofID(func(v string) []string { return []string{v + "."} }),
}

// succeed tries every forgery that has a meaning for the scheme, and names those
// that were accepted.
func succeed(t *testing.T, s Scheme) (accepted []string, tried int) {
	t.Helper()
	for name, forge := range forgeries {
		r := signed(t, s, 1)
		r.Body = bytes.Clone(r.Body)
		if _, err := s.Verify(r); err != nil {
			t.Fatalf("the true one: %v", err)
		}
		if !forge(t, s, &r) {
			continue
		}
		tried++
		if _, err := s.Verify(r); err == nil {
			accepted = append(accepted, name)
		}
	}
	slices.Sort(accepted)
	return accepted, tried
}

func TestForgedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			accepted, tried := succeed(t, s)
			if len(accepted) > 0 || tried < 20 {
				t.Errorf("of %d forgeries these were accepted: %q", tried, accepted)
			}
		})
	}
}

// credulous believes every proof.
type credulous struct{ mac }

func (credulous) proves(_, _ []byte) bool { return true }

func TestForgeriesSucceedAgainstCarelessSchemes(t *testing.T) {
	t.Parallel()
	believes, timeless, bodiless := slack, slack, github
	believes.key = func(secret string) (key, error) { return credulous{mac{"", sha256.New, []byte(secret)}}, nil }
	timeless.tolerance = 0
	bodiless.signed = content{"fixed" + partBody}
	bodiless.key = func(secret string) (key, error) { return careless{mac{"", sha256.New, []byte(secret)}}, nil }
	for name, c := range map[string]struct {
		scheme Scheme
		least  []string
	}{
		"believes every proof": {believes, []string{"another secret", "changed byte", "only zeros"}},
		"signs no body":        {bodiless, []string{"changed byte", "number rounded"}},
	} {
		accepted, _ := succeed(t, c.scheme)
		for _, want := range c.least {
			if !slices.Contains(accepted, want) {
				t.Errorf("%s: %q did not succeed, only %q", name, want, accepted)
			}
		}
	}
	r := signed(t, timeless, 1) // "old" has no meaning for a scheme without a clock
	r.Now = noon.Add(time.Hour)
	if _, err := timeless.Verify(r); err != nil {
		t.Errorf("an old one is refused without a clock: %v", err)
	}
}

// careless looks at the first word of the content only.
type careless struct{ mac }

func (k careless) proves(_, proof []byte) bool { return hmac.Equal(proof, k.prove(nil)) }

func (k careless) prove([]byte) []byte { return k.mac.prove([]byte("fixed")) }

// Times that were truly signed and cannot be read prove nothing either.
func TestTimesAreDigitsEvenWhenTheyAreSigned(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"now", "-1700000000", "+1700000000", "1700000000.0", "1.7e9", "0x6553f100", "", " 1700000000", "1700000000000"} {
		r := signed(t, slack, 1)
		k, _ := slack.key(r.Secrets[0].Value.Reveal())
		r.Header.Set("X-Slack-Request-Timestamp", text)
		r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(k.prove([]byte("v0:"+text+":"+string(body)))))
		if _, err := slack.Verify(r); err == nil {
			t.Errorf("%q is a time", text)
		}
	}
}

// The same signed bytes must not be readable as another id and body.
func TestIDsLeaveNoDoubtAboutWhereTheyEnd(t *testing.T) {
	t.Parallel()
	r := signed(t, standard, 1)
	k, _ := standard.key(r.Secrets[0].Value.Reveal())
	proof := "v1," + base64.StdEncoding.EncodeToString(k.prove([]byte("a.1.1700000000.{}")))
	r.Header.Set("Webhook-Signature", proof)
	r.Header.Set("Webhook-Id", "a.1")
	r.Body = []byte("{}")
	if _, err := standard.Verify(r); err != Malformed {
		t.Errorf("an id with a full stop: %v", err)
	}
}

func TestTooManyProofsAreNotLookedAt(t *testing.T) {
	t.Parallel()
	r := signed(t, standard, 1)
	right := r.Header.Get("Webhook-Signature")
	r.Header.Set("Webhook-Signature", strings.Repeat("v1,AAAA ", mostProofs-1)+right)
	if _, err := standard.Verify(r); err != nil {
		t.Errorf("the last that is looked at: %v", err)
	}
	for _, text := range []string{strings.Repeat("v1,AAAA ", mostProofs) + right, strings.Repeat(right+" ", 200)} {
		r.Header.Set("Webhook-Signature", text)
		if _, err := standard.Verify(r); err != Malformed {
			t.Errorf("%d bytes of proofs: %v", len(text), err)
		}
	}
}

// A public key is public: what is signed with it as if it were a shared secret
// proves nothing.
func TestPublicKeyIsNoSharedSecret(t *testing.T) {
	t.Parallel()
	r := signed(t, standard, 1)
	const public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	r.Secrets[0].Value = public
	header, err := standard.Sign(secret.Secret("whsec_"+public[5:]), "msg_1", noon, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1", "v1a"} {
		r.Header = header.Clone()
		r.Header.Set("Webhook-Signature", version+strings.TrimPrefix(header.Get("Webhook-Signature"), "v1"))
		if _, err := standard.Verify(r); err != Mismatch {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// The other schemes would take its text for a secret that only the sender knows.
func TestPublicKeyProvesNothingElsewhere(t *testing.T) {
	t.Parallel()
	const public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	for _, s := range []Scheme{github, atlassian, slack, stripe, composio, genericHMAC, sharedHeader, bearer} {
		if s.Check(public) != errPublic {
			t.Errorf("%s takes a public key", s.Name)
		}
		r := signed(t, s, 1)
		r.Secrets[0].Value = public
		if _, err := s.Verify(r); err != NoSecret {
			t.Errorf("%s: %v", s.Name, err)
		}
		if s.Check("whpk_lane") != nil {
			t.Errorf("%s refuses a secret that only begins like a public key", s.Name)
		}
	}
}

// cut separates what names the method from the proof.
func cut(value string) (word, proof string) {
	i := strings.LastIndexAny(strings.TrimRight(value, "="), "=, ") + 1
	if strings.HasPrefix(value, "a secret") {
		i = 0 // a shared header has no word
	}
	return value[:i], value[i:]
}

func other(digit string) string {
	if digit == "A" || digit == "a" {
		return "B"
	}
	return "A"
}

func ofBody(change func([]byte) []byte) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		r.Body = change(r.Body)
		return s.SignsBody()
	}
}

func ofHeader(change func(string) []string) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		set(r.Header, s.names[0].proof, change)
		return true
	}
}

func ofProof(change func(s Scheme, word, proof string) string) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		value := r.Header.Get(s.names[0].proof)
		word, proof := cut(value)
		changed := change(s, word, proof)
		r.Header.Set(s.names[0].proof, changed)
		return changed != value
	}
}

// by makes a proof in another way.
func by(prove func(content []byte) []byte) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		word, _ := cut(r.Header.Get(s.names[0].proof))
		r.Header.Set(s.names[0].proof, word+s.encoding.encode(prove(s.signed.of("msg_1", "1700000000", body))))
		return true
	}
}

// at signs truly, at another time.
func at(away time.Duration) forgery {
	return func(t *testing.T, s Scheme, r *Request) bool {
		header, err := s.Sign(r.Secrets[0].Value, "msg_1", noon.Add(away), body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		return s.tolerance > 0
	}
}

func ofTime(change func(string) []string) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		if s.Name == "stripe" {
			_, proof := cut(r.Header.Get("Stripe-Signature"))
			var times []string
			for _, v := range change("1700000000") {
				times = append(times, "t="+v)
			}
			r.Header.Set("Stripe-Signature", strings.Join(append(times, "v1="+proof), ","))
			return true
		}
		set(r.Header, s.names[0].timestamp, change)
		return s.tolerance > 0
	}
}

func ofID(change func(string) []string) forgery {
	return func(_ *testing.T, s Scheme, r *Request) bool {
		set(r.Header, s.names[0].id, change)
		return s.names[0].id != ""
	}
}

func set(header http.Header, name string, change func(string) []string) {
	if name == "" {
		return
	}
	values := change(header.Get(name))
	header.Del(name)
	for _, v := range values {
		header.Add(name, v)
	}
}
