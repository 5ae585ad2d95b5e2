package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/redact"
)

const canary = `c4nary/"<secret>+tail`

func hides() redact.Redactor {
	return redact.New(map[string]string{"KEY": canary, "PIN": "1234567890123456789", "SHORT": "abc"})
}

func TestSecretsAreFoundAsTheyAreCommonlyWritten(t *testing.T) {
	t.Parallel()
	inside := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+canary))
	for _, text := range []string{canary, "a " + canary + " b", url.QueryEscape(canary), url.PathEscape(canary), inside} {
		raw, err := json.Marshal(map[string]any{"text": text, "list": []any{text, 1}})
		if err != nil {
			t.Fatal(err)
		}
		out := string(hides().Document(raw))
		if !json.Valid([]byte(out)) || strings.Count(out, "[secret]") != 2 || !strings.Contains(out, ",1]") {
			t.Errorf("%s became %s", raw, out)
		}
		if got := hides().Text(text); !strings.Contains(got, "[secret]") {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// Every letter of a JSON text may be written as an escape, and some servers write
// a few so.
func TestSecretsThatAreWrittenWithEscapesAreFound(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"a":"c4nary\/\"<secret>+tail"}`,
		`{"a":"\u0063\u0034nary\/\"\u003Csecret\u003E\u002btail"}`,
		`{"a":"123456789012345678\u0039"}`,
	} {
		if got := string(hides().Document(json.RawMessage(raw))); got != `{"a":"[secret]"}` {
			t.Errorf("%s became %s", raw, got)
		}
	}
	if got := hides().Text(`{"a":"c4nary\/\"<secret>+tail"}`); got != `{"a":"[secret]"}` {
		t.Errorf("the text became %s", got)
	}
	const clean = `{"a": "\u00e9\/",  "b": 1}`
	if got := string(hides().Document(json.RawMessage(clean))); got != clean {
		t.Errorf("nothing is secret and it became %s", got)
	}
}

func TestOnlySecretsAreReplaced(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"pin": 1234567890123456789}`:                          `{"pin":"[secret]"}`,
		`{"b": 12345678901234567890, "a": 1.50}`:                `{"a":1.50,"b":12345678901234567890}`,
		`{"1234567890123456789": {"x": "1234567890123456789"}}`: `{"[secret]":{"x":"[secret]"}}`,
		`{"b": 9007199254740993,  "a": "abc"}`:                  `{"b": 9007199254740993,  "a": "abc"}`,
		`no JSON 1234567890123456789`:                           `no JSON 1234567890123456789`,
	} {
		if got := string(hides().Document(json.RawMessage(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	const raw = `{"kind":"1234567890123456789","output":"1234567890123456789","child":{"graph":"1234567890123456789","message":"1234567890123456789"}}`
	const want = `{"child":{"graph":"1234567890123456789","message":"[secret]"},"kind":"1234567890123456789","output":"[secret]"}`
	if got := string(hides().Members(json.RawMessage(raw), "output", "child.message", "nothing.there", "kind.not.an.object")); got != want {
		t.Errorf("members became %s", got)
	}
	if got := string((redact.Redactor{}).Document(json.RawMessage(raw))); got != raw {
		t.Errorf("nothing is secret and it became %s", got)
	}
}

func FuzzDocumentStaysJSONAndHoldsNoSecret(f *testing.F) {
	f.Add(`{"a":"1234567890123456789"}`)
	f.Add(`[1234567890123456789,"c4nary/\"\u003csecret\u003e+tail"]`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		out := hides().Document(json.RawMessage(text))
		if !json.Valid(out) {
			t.Fatalf("%s became %s", text, out)
		}
		var v any
		if json.Unmarshal(out, &v) == nil {
			if again, err := json.Marshal(v); err == nil && strings.Contains(string(again), `"`+"1234567890123456789"+`"`) && strings.Contains(text, "1234567890123456789") {
				t.Fatalf("%s became %s", text, out)
			}
		}
	})
}
