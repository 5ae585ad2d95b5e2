package gateway

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestEnvironmentsAreListedAsFarAsTheKeyReaches(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/PROD/variables/BASE", `{"value":"https://x"}`)
	names := func(r *reply) (all []string) {
		var l struct{ Items []struct{ Name string } }
		r.is(http.StatusOK).into(&l)
		for _, e := range l.Items {
			all = append(all, e.Name)
		}
		return all
	}
	same(t, "all", names(ws1.ok(http.MethodGet, "/environments", "")), "DEV", "UAT", "PROD")
	dev := g.do(http.MethodGet, "/api/v1/workspaces/ws1/environments", "", bearer(ws1.dev))
	if same(t, "a key of DEV", names(dev), "DEV"); strings.Contains(dev.body, "https://x") {
		t.Error(dev.body)
	}
}

func TestValuesAreListedAndReadOneByOne(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for _, name := range []string{"C", "A", "B"} {
		ws1.ok(http.MethodPut, "/environments/DEV/variables/"+name, `{"value":"of `+name+`"}`)
	}
	first := ws1.ok(http.MethodGet, "/environments/DEV/variables?limit=2", "")
	if first.one("name") != "A" || first.one("value") != "of A" || first.one("version") != 1.0 {
		t.Error(first.body)
	}
	rest := ws1.ok(http.MethodGet, "/environments/DEV/variables?limit=2&cursor="+first.field("next_cursor").(string), "")
	if rest.one("name") != "C" || rest.field("next_cursor") != nil {
		t.Error(rest.body)
	}
	// What was read can be sent back.
	read := ws1.ok(http.MethodGet, "/environments/dev/variables/A", "")
	if again := ws1.ok(http.MethodPut, "/environments/DEV/variables/A", read.body); again.field("version") != 2.0 || again.field("value") != "of A" {
		t.Error(again.body)
	}
	ws1.ok(http.MethodPut, "/environments/DEV/models/fast", `{"base_url":"https://m.example/v1","model":"m"}`)
	model := ws1.ok(http.MethodGet, "/environments/DEV/models/fast", "")
	if model.field("name") != "fast" || model.field("base_url") != "https://m.example/v1" {
		t.Error(model.body)
	}
	ws1.ok(http.MethodPut, "/environments/DEV/models/fast", model.body)
	if all := ws1.ok(http.MethodGet, "/environments/DEV/models", ""); all.one("version") != 2.0 {
		t.Error(all.body)
	}
	for _, path := range []string{"variables/X", "secrets/A", "models/A"} {
		ws1.call(http.MethodGet, "/environments/DEV/"+path, "").refused(http.StatusNotFound, "not_found")
	}
	ws1.call(http.MethodGet, "/environments/UAT/variables/A", "").refused(http.StatusNotFound, "not_found")
}

func TestSecretsShowTheirLastCharactersOnlyWhenLong(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for name, c := range map[string]struct{ value, last4 string }{
		"LONG":  {"0123456789abcdef", "cdef"},
		"SHORT": {"0123456789abcde", ""},
	} {
		ws1.ok(http.MethodPut, "/environments/DEV/secrets/"+name, `{"value":"`+c.value+`"}`)
		got := ws1.ok(http.MethodGet, "/environments/DEV/secrets/"+name, "")
		if got.field("last4") != c.last4 || got.field("name") != name || got.field("version") != 1.0 || strings.Contains(got.body, c.value) {
			t.Error(got.body)
		}
	}
	if all := ws1.ok(http.MethodGet, "/environments/DEV/secrets", ""); all.one("name") != "LONG" || strings.Contains(all.body, "0123456789") {
		t.Error(all.body)
	}
}

// What is stored is neither the secret nor opens under any other name, in any
// other environment or workspace.
func TestKeptSecretOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1, ws2 := g.side("ws1"), g.side("ws2")
		const value = "sk-proj-very-secret-9876"
		ws1.ok(http.MethodPut, "/environments/DEV/secrets/OPENAI", `{"value":"`+value+`"}`)
		kept, err := ws1.store.SealedSecrets(t.Context(), "DEV")
		must(t, err)
		raw := kept["OPENAI"].Bytes
		if bytes.Contains(raw, []byte(value)) || bytes.Contains(raw, []byte("very-secret")) || len(raw) < len(value)+28 {
			t.Fatalf("the row holds %q", raw)
		}
		mine, theirs := ws1.ws.ID.String(), ws2.ws.ID.String()
		for name, owner := range map[string][]string{
			"workspace":   {theirs, "DEV", "OPENAI"},
			"environment": {mine, "PROD", "OPENAI"},
			"name":        {mine, "DEV", "OTHER"},
		} {
			if plain, err := g.env.Keyring.Open(raw, owner...); err == nil {
				t.Errorf("it opens for another %s: %q", name, plain)
			}
		}
		if plain, err := g.env.Keyring.Open(raw, mine, "DEV", "OPENAI"); err != nil || string(plain) != value {
			t.Errorf("it does not open in its place: %q, %v", plain, err)
		}
	})
}

func TestGraphsAreSearched(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/graphs/triage", `{"title":"Incident 100%",`+echo[1:])
	for search, want := range map[string][]string{
		"": {"triage", "echo"}, "ECH": {"echo"}, "incident": {"triage"}, "100%25": {"triage"}, "%25": {"triage"}, "_": nil, "nothing": nil,
	} {
		var l struct{ Items []struct{ Name string } }
		ws1.ok(http.MethodGet, "/graphs?search="+search, "").into(&l)
		var got []string
		for _, g := range l.Items {
			got = append(got, g.Name)
		}
		same(t, search, got, want...)
	}
}

func TestKeysAreListedByStatusAndWarnedOf(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	const day = 24 * time.Hour
	for name, c := range map[string]struct{ expires, warning string }{
		"forever": {"", "no_expiry"},
		"years":   {in(400 * day), "long_expiry"},
		"month":   {in(30 * day), ""},
	} {
		body := `{"name":"` + name + `","preset":"invoke"}`
		if c.expires != "" {
			body = `{"name":"` + name + `","preset":"invoke","expires_at":"` + c.expires + `"}`
		}
		var made struct {
			Warnings []struct{ Code, Message string }
		}
		ws1.made(http.MethodPost, "/keys", body).into(&made)
		if c.warning == "" && (made.Warnings == nil || len(made.Warnings) != 0) || c.warning != "" && (len(made.Warnings) != 1 || made.Warnings[0].Code != c.warning) {
			t.Errorf("%s: %v", name, made)
		}
	}
	ws1.made(http.MethodPost, "/keys/years/rotate", "")
	ws1.call(http.MethodDelete, "/keys/month", "").is(http.StatusNoContent)
	list := func(query string) map[string]string {
		var l struct {
			Items []struct{ Name, Status string }
		}
		ws1.ok(http.MethodGet, "/keys"+query, "").into(&l)
		all := map[string]string{}
		for _, k := range l.Items {
			all[k.Name] += k.Status + " "
		}
		return all
	}
	if all := list(""); all["forever"] != "live " || all["years"] != "live replaced " || all["month"] != "revoked " {
		t.Error(all)
	}
	if live := list("?status=live"); live["month"] != "" || live["years"] == "" {
		t.Error(live)
	}
	if ended := list("?status=ended"); len(ended) != 1 || ended["month"] == "" {
		t.Error(ended)
	}
	if unused := list("?unused_days=90"); len(unused) != 0 {
		t.Error(unused)
	}
	g.ahead.Store(int64(91 * day))
	if unused := list("?status=live&unused_days=90"); unused["forever"] == "" || unused["admin"] != "" || unused["years"] != "live " {
		t.Errorf("after 91 days: %v", unused)
	}
	for query, path := range map[string]string{"?status=dead": "status", "?unused_days=0": "unused_days", "?unused_days=x": "unused_days"} {
		same(t, query, ws1.call(http.MethodGet, "/keys"+query, "").refused(http.StatusUnprocessableEntity, "invalid"), path)
	}
	scopes := g.do(http.MethodGet, "/api/v1/scopes", "", bearer(ws1.plain)).is(http.StatusOK)
	var words struct {
		Scopes  []key.Scope
		Presets map[string][]key.Scope
	}
	if scopes.into(&words); len(words.Scopes) != len(key.Scopes) || len(words.Presets["invoke"]) != 2 || len(words.Presets) != 3 {
		t.Error(scopes.body)
	}
}
