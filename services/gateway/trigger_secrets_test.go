package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// signed are the headers with which a scheme proves a body, at the gateway's
// time.
func (g *gate) signed(scheme, value, id, body string) with {
	g.t.Helper()
	s, found := signature.Find(scheme)
	if !found {
		g.t.Fatalf("scheme %q does not exist", scheme)
	}
	proof, err := s.Sign(secret.Secret(value), id, g.env.Now(), []byte(body))
	must(g.t, err)
	return func(r *http.Request) {
		for name, values := range proof {
			r.Header[name] = values
		}
	}
}

func TestSecretOfATriggerIsShownOnceAndWorks(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws := g.side("ws1")
		id := ws.made(http.MethodPut, "/triggers/payments", `{"kind":"stripe","graph":"echo"}`).field("id").(string)
		made := ws.made(http.MethodPost, "/triggers/payments/secrets", "")
		value := made.field("value").(string)
		const body = `{"id":"evt_1","type":"invoice.paid"}`
		g.do(http.MethodPost, "/api/v1/hooks/"+id, body, g.signed("stripe", value, "", body)).is(http.StatusAccepted)
		shown := ws.ok(http.MethodGet, "/triggers/payments/secrets", "")
		if strings.Contains(shown.body, value) || shown.one("last4") != value[len(value)-4:] {
			t.Errorf("the list shows %s", shown.body)
		}
		if strings.Contains(g.log.String(), value) || strings.Contains(ws.ok(http.MethodGet, "/audit", "").body, value) {
			t.Error("a log holds the secret")
		}
		ws.call(http.MethodDelete, "/triggers/payments/secrets/"+made.field("id").(string), "").is(http.StatusNoContent)
		g.do(http.MethodPost, "/api/v1/hooks/"+id, body, g.signed("stripe", value, "", body)).is(http.StatusUnauthorized)
	})
}

// The previous secret counts for the overlap and no longer, and nobody is locked
// out in between.
func TestRotatedSecretCountsForTheOverlap(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	id := ws.made(http.MethodPut, "/triggers/issues", `{"kind":"github","graph":"echo","secret":"the first one"}`).field("id").(string)
	second := ws.made(http.MethodPost, "/triggers/issues/secrets/rotate", `{"overlap":"1h"}`).field("value").(string)
	send := func(value, n string) int {
		body := `{"n":` + n + `}`
		return g.do(http.MethodPost, "/api/v1/hooks/"+id, body, g.signed("github", value, "", body), header("X-GitHub-Event", "push")).status
	}
	if a, b := send("the first one", "1"), send(second, "2"); a != http.StatusAccepted || b != http.StatusAccepted {
		t.Errorf("during the overlap %d and %d", a, b)
	}
	g.ahead.Store(int64(time.Hour))
	if a, b := send("the first one", "3"), send(second, "4"); a != http.StatusUnauthorized || b != http.StatusAccepted {
		t.Errorf("after the overlap %d and %d", a, b)
	}
	delivery := ws.ok(http.MethodGet, "/triggers/issues/secrets", "")
	if !strings.Contains(delivery.body, `"not_after":"`) {
		t.Errorf("the list does not say when the first one ended: %s", delivery.body)
	}
}

func TestSecretInADocumentReplacesTheOthersOnce(t *testing.T) {
	t.Parallel()
	_, ws, _ := onSQLite(t)
	ids := func() string { return ws.ok(http.MethodGet, "/triggers/issues/secrets", "").body }
	document := func(value string) string { return `{"kind":"jira","graph":"echo","secret":"` + value + `"}` }
	made := ws.made(http.MethodPut, "/triggers/issues", document("one"))
	if strings.Contains(made.body, `"secret"`) {
		t.Errorf("the document shows it: %s", made.body)
	}
	first := ids()
	ws.ok(http.MethodPut, "/triggers/issues", document("one"))
	ws.ok(http.MethodPut, "/triggers/issues", `{"kind":"jira","graph":"echo","title":"Issues"}`)
	if again := ids(); again != first {
		t.Errorf("the same secret again made %s of %s", again, first)
	}
	ws.ok(http.MethodPatch, "/triggers/issues", `{"secret":"two"}`)
	if after := ids(); after == first || strings.Count(after, `"id"`) != 1 {
		t.Errorf("another secret made %s", after)
	}
}

func TestSecretsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	_, ws, _ := onSQLite(t)
	ws.made(http.MethodPut, "/triggers/std", `{"kind":"standard","graph":"echo"}`)
	ws.made(http.MethodPut, "/triggers/basic", `{"kind":"generic","graph":"echo","config":{"verify":{"scheme":"basic"}}}`)
	for name, c := range map[string]struct{ method, path, body, says string }{
		"a kind without senders": {http.MethodPut, "/triggers/t_echo", `{"kind":"api","graph":"echo","secret":"x"}`, "need no secret"},
		"not of the scheme":      {http.MethodPost, "/triggers/std/secrets", `{"value":"not base64!"}`, "whsec_"},
		"made for the wrong one": {http.MethodPost, "/triggers/basic/secrets", ``, "user:password"},
		"over at once":           {http.MethodPost, "/triggers/std/secrets", `{"not_after":"2020-01-01T00:00:00Z"}`, "over before"},
		"too long":               {http.MethodPost, "/triggers/basic/secrets", `{"value":"a:` + strings.Repeat("b", 1100) + `"}`, "1024 bytes"},
	} {
		if got := ws.call(c.method, c.path, c.body).is(http.StatusUnprocessableEntity); !strings.Contains(got.body, c.says) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	for range 4 {
		ws.made(http.MethodPost, "/triggers/std/secrets", "")
	}
	ws.call(http.MethodPost, "/triggers/std/secrets", "").is(http.StatusConflict)
}

func TestWebhookWithoutASecretIsWarnedOf(t *testing.T) {
	t.Parallel()
	_, ws, _ := onSQLite(t)
	for document, want := range map[string]bool{
		`{"kind":"github","graph":"echo"}`:                                        true,
		`{"kind":"webhook","graph":"echo"}`:                                       true,
		`{"kind":"github","graph":"echo","secret":"known"}`:                       false,
		`{"kind":"webhook","graph":"echo","config":{"open":true}}`:                false,
		`{"kind":"generic","graph":"echo","config":{"verify":{"scheme":"none"}}}`: false,
		`{"kind":"generic","graph":"echo","config":{"verify":{"scheme":"hmac"}}}`: true,
		`{"kind":"api","graph":"echo"}`:                                           false,
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *"}}`:        false,
		`{"kind":"generic","graph":"echo","secret":"a:b","status":"archived"}`:    false,
		`{"kind":"github","graph":"echo","status":"archived"}`:                    false,
	} {
		made := ws.made(http.MethodPost, "/triggers", document)
		if got := strings.Contains(made.body, `"no_secret"`); got != want {
			t.Errorf("%s: warned is %t", document, got)
		}
	}
}
