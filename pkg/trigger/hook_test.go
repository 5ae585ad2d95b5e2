package trigger_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

func TestMarkersNameTheRunsBehindARequest(t *testing.T) {
	t.Parallel()
	a, b := uuid.New(), uuid.New()
	escaped, err := json.Marshal("said " + trigger.Marker(b))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header, body string
		want         []uuid.UUID
	}{
		"nothing":  {"", `{"a":1}`, nil},
		"header":   {a.String(), ``, []uuid.UUID{a}},
		"text":     {"", trigger.Marker(a), []uuid.UUID{a}},
		"JSON":     {"", string(escaped), []uuid.UUID{b}},
		"both":     {a.String(), trigger.Marker(b) + trigger.Marker(a), []uuid.UUID{a, b}},
		"twice":    {"", strings.Repeat(trigger.Marker(a), 100) + trigger.Marker(b), []uuid.UUID{a}},
		"none":     {"not an id", "onset-run:not-an-id", nil},
		"the zero": {"", "onset-run:" + uuid.Nil.String(), []uuid.UUID{uuid.Nil}},
	} {
		h := trigger.Hook{Header: http.Header{}, Body: []byte(c.body)}
		if c.header != "" {
			h.Header.Set(trigger.HeaderCausedBy, c.header)
		}
		if got := h.CausedBy(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestHeadersThatMayBeSecretAreNotKept(t *testing.T) {
	t.Parallel()
	h := http.Header{
		"Authorization": {"x"}, "X-Hub-Signature-256": {"x"}, "Cookie": {"x"}, "X-Trigger-Secret": {"x"}, "X-Gitlab-Token": {"x"}, "Webhook-Signature": {"x"},
		"X-Github-Event": {"push"}, "Long": {strings.Repeat("x", 5000)}, "An-Odd-One": {"a\x00\xff"},
	}
	for i := range 200 {
		h.Add("Many", strings.Repeat("y", i))
	}
	kept := trigger.KeptHeader(h)
	n := 0
	for name, values := range kept {
		n += len(values)
		for _, v := range values {
			if v == "x" || len(v) > 2100 || strings.Contains(v, "\x00") || !utf8.ValidString(v) {
				t.Errorf("%s: %q is kept", name, v)
			}
		}
	}
	if n > 100 {
		t.Errorf("%d values are kept", n)
	}
	if got := kept["An-Odd-One"]; len(got) != 1 {
		t.Errorf("of the first name is kept %q", got)
	}
	if d := cmp.Diff(map[string][]string{"A": {"b"}, "Token": {"[redacted]"}}, trigger.KeptQuery(url.Values{"A": {"b"}, "Token": {"t"}})); d != "" {
		t.Error(d)
	}
}

// Whatever a stranger sends, reading and mapping it gives an event or an error.
func FuzzMappingOfAStrangersBody(f *testing.F) {
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain", "", "x"} {
		for _, body := range []string{`{"a":{"b":[1,2.5,null,"\u0000"]}}`, `a=1&a=2&b=%00`, "\xff\x00", `[]`, `1e400`, `{"a":"{{ payload }}"}`, strings.Repeat("[", 100), `{"workflow_id":1,"a.b":2,"{{":3}`} {
			f.Add(kind, body)
		}
	}
	var all []trigger.Hooked
	for _, p := range providers.All() {
		if hooked, ok := p.(trigger.Hooked); ok {
			all = append(all, hooked)
		}
	}
	mapping := trigger.Mapping{
		Message:       "{{ payload.a }} {{ body }} {{ headers.event }} {{ query.q }} {{ event }}",
		UserVariables: map[string]json.RawMessage{"all": json.RawMessage(`"{{ payload }}"`)},
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		h := trigger.Hook{Method: "POST", Header: http.Header{"Content-Type": {kind}, "X-Odd": {body}}, Query: url.Values{"q": {body}}, Body: []byte(body)}
		for _, p := range all {
			r, err := p.Read(trigger.Trigger{Config: json.RawMessage(`{}`)}, h, signature.Match{})
			if err != nil {
				continue
			}
			event, err := mapping.Event(t.Context(), r, h.Seen(trigger.Trigger{}, r))
			if err != nil {
				continue
			}
			if strings.Contains(event.Message, "\x00") {
				t.Errorf("%T: a message that cannot be stored: %q", p, event.Message)
			}
			raw, err := json.Marshal(event.UserVariables)
			if err != nil || strings.Contains(string(raw), `\u0000`) && !strings.Contains(string(raw), `\\u0000`) {
				t.Errorf("%T: variables that cannot be stored: %s %v", p, raw, err)
			}
			for name := range event.UserVariables {
				if !trigger.VariableName(name) || slices.Contains(trigger.SystemVariables, name) {
					t.Errorf("%T: a variable %q", p, name)
				}
			}
		}
	})
}

func TestParametersThatMayBeSecretAreNotKept(t *testing.T) {
	t.Parallel()
	kept := trigger.KeptQuery(url.Values{"api_key": {"x"}, "access_token": {"x"}, "page": {"2"}})
	want := map[string][]string{"api_key": {"[redacted]"}, "access_token": {"[redacted]"}, "page": {"2"}}
	if d := cmp.Diff(want, kept); d != "" {
		t.Error(d)
	}
}
