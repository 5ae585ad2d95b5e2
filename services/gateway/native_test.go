package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
)

// refused demands a problem document with that code and gives the paths of its
// errors.
func (r *reply) refused(status int, code string) (paths []string) {
	r.t.Helper()
	r.is(status)
	var p struct {
		Type, Title, Code, Detail string
		Status                    int
		Errors                    []struct{ Path, Code, Message string }
		RequestID                 string `json:"request_id"`
	}
	r.into(&p)
	if p.Code != code || p.Status != status || p.Type != "about:blank" || p.Title == "" || p.Detail == "" || p.RequestID != r.header.Get("X-Request-Id") || p.Errors == nil {
		r.t.Errorf("%s: %s, want code %s", r.what, r.body, code)
	}
	for _, e := range p.Errors {
		paths = append(paths, e.Path)
	}
	return paths
}

func TestKeysAreShownOnceAndGrantNoMoreThanTheirMaker(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	made := ws1.made(http.MethodPost, "/keys", `{"name":"ci","preset":"operator","environments":["dev"],"expires_at":"2099-01-01T00:00:00Z"}`)
	printed := secret.Secret(made.field("key").(string))
	if _, err := key.Parse(printed.Reveal()); err != nil || !strings.HasPrefix(printed.Reveal(), "ons_") {
		t.Errorf("made %s", made.body)
	}
	shown := ws1.ok(http.MethodGet, "/keys/ci", "")
	if strings.Contains(shown.body, printed.Reveal()) || shown.field("key") != nil || shown.field("created_by") != "key:admin" {
		t.Error(shown.body)
	}
	var me struct {
		Workspace struct{ Name string }
		Key       struct {
			Scopes       []key.Scope
			Environments []string
		}
	}
	g.do(http.MethodGet, "/api/v1/whoami", "", bearer(printed)).is(http.StatusOK).into(&me)
	if me.Workspace.Name != "ws1" || !slices.Equal(me.Key.Environments, []string{"DEV"}) || len(me.Key.Scopes) != len(key.Presets["operator"]) {
		t.Errorf("%+v", me)
	}

	const given = "wk_live_0123456789abcdef0123456789abcdef"
	ws1.made(http.MethodPost, "/keys", `{"name":"migrated","scopes":["run:read"],"value":"`+given+`"}`)
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs", "", bearer(given)).is(http.StatusOK)

	for body, want := range map[string][]string{
		`{"name":"x","preset":"king"}`: {"preset"},
		`{"name":"x"}`:                 {"scopes"},
		`{"name":"x","scopes":["run:read","run:fly"],"environments":["MOON"]}`:   {"scopes[1]", "environments[0]"},
		`{"name":"not a name","scopes":["run:read"]}`:                            {"name"},
		`{"name":"x","scopes":["run:read"],"value":"short"}`:                     {"value"},
		`{"name":"x","scopes":["run:read"],"expires_at":"2001-01-01T00:00:00Z"}`: {"expires_at"},
	} {
		if got := ws1.call(http.MethodPost, "/keys", body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v, want %v", body, got, want)
		}
	}
	ws1.call(http.MethodPost, "/keys", `{"name":"ci","preset":"invoke"}`).refused(http.StatusConflict, "conflict")
	for _, body := range []string{`{"name":"x","preset":"invoke"}`, `{"name":"x","preset":"invoke","environments":["DEV","PROD"]}`} {
		g.do(http.MethodPost, "/api/v1/workspaces/ws1/keys", body, bearer(ws1.dev)).refused(http.StatusForbidden, "forbidden")
	}
	ends := time.Now().Add(time.Hour)
	brief := ws1.key("brief", key.Key{Scopes: key.Scopes, ExpiresAt: &ends})
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/keys", `{"name":"x","preset":"invoke"}`, bearer(brief)).refused(http.StatusForbidden, "forbidden")
	g.do(http.MethodPost, "/api/v1/workspaces", `{"name":"x"}`, bearer(brief)).refused(http.StatusForbidden, "forbidden")
	small := ws1.key("small", key.Key{Scopes: []key.Scope{key.KeyManage}})
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/keys", `{"name":"x","preset":"invoke"}`, bearer(small)).refused(http.StatusForbidden, "forbidden")
}

func TestNewWorkspaceComesWithTheKeyThatOpensIt(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	create := func(body string, k secret.Secret) *reply {
		return g.do(http.MethodPost, "/api/v1/workspaces", body, bearer(k))
	}
	made := create(`{"name":"fresh","title":"Fresh","limits":{"running":3}}`, ws1.admin).is(http.StatusCreated)
	admin := secret.Secret(made.field("admin_key").(string))
	got := g.do(http.MethodGet, "/api/v1/workspaces/fresh", "", bearer(admin)).is(http.StatusOK)
	if got.field("tier") != "enterprise" || got.field("title") != "Fresh" || !strings.Contains(got.body, `"limits":{"running":3,"pending":10000}`) {
		t.Error(got.body)
	}
	g.do(http.MethodGet, "/api/v1/workspaces/fresh", "", bearer(ws1.admin)).refused(http.StatusNotFound, "not_found")
	create(`{"name":"fresh"}`, ws1.admin).refused(http.StatusConflict, "conflict")
	create(`{"name":"status"}`, ws1.admin).refused(http.StatusUnprocessableEntity, "invalid")
	create(`{"name":"x"}`, ws1.plain).refused(http.StatusForbidden, "forbidden")
	create(`{"name":"x"}`, ws1.dev).refused(http.StatusForbidden, "forbidden")
}

// canonical is a document with its keys in order.
func canonical(v any) string {
	raw, _ := json.Marshal(v)
	var tree any
	_ = json.Unmarshal(raw, &tree)
	raw, _ = json.Marshal(tree)
	return string(raw)
}
