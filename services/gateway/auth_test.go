package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

const auth = `{"detail":"Invalid authentication credentials"}`

// doors are calls of every surface, each of which has to be refused in the same
// way when its key is wrong.
func doors(ws string) []struct {
	method, path, body string
	published          bool
} {
	return []struct {
		method, path, body string
		published          bool
	}{
		{http.MethodPost, "/trigger/" + ws + "/t_echo/DEV", `{"message":"hi"}`, true},
		{http.MethodPost, "/trigger/start/" + ws + "/t_echo/DEV", `{"message":"hi"}`, true},
		{http.MethodGet, "/trigger/status/" + ws + "/" + uuid.NewString(), "", true},
		{http.MethodPost, "/api/v1/ai/trigger/" + ws + "/t_echo/DEV", `{"message":"hi"}`, true},
		{http.MethodPost, "/api/v1/ai/trigger/start/" + ws + "/t_echo/DEV", `{"message":"hi"}`, true},
		{http.MethodGet, "/api/v1/ai/trigger/status/" + ws + "/" + uuid.NewString(), "", true},
		{http.MethodGet, "/api/v1/workspaces/" + ws + "/triggers", "", false},
		{http.MethodPost, "/api/v1/workspaces/" + ws + "/runs/" + uuid.NewString() + "/cancel", "", false},
		{http.MethodPost, "/api/v1/workspaces/" + ws + "/triggers/t_echo/run", "", false},
	}
}

func TestWrongKeysAreRefusedAlike(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	past := time.Now().Add(-time.Hour)
	ws1.key("revoked", key.Key{Scopes: key.Scopes})
	dead := ws1.key("dead", key.Key{Scopes: key.Scopes})
	ws1.call(http.MethodDelete, "/keys/dead", "").is(http.StatusNoContent)
	expired := ws1.key("expired", key.Key{Scopes: key.Scopes, ExpiresAt: &past})
	unknown, err := key.New(strings.NewReader(strings.Repeat("unknown key material ", 20)))
	must(t, err)
	mistyped := ws1.plain.Reveal()[:63] + "!"

	for name, change := range map[string]with{
		"B1 none":                   func(*http.Request) {},
		"B2 basic":                  header("Authorization", "Basic d3MxOndzMQ=="),
		"B2 token":                  header("Authorization", "Token "+ws1.plain.Reveal()),
		"B2 bearer without a value": header("Authorization", "bearer"),
		"B2 bearer and a space":     header("Authorization", "Bearer "),
		"B3 unknown":                bearer(unknown),
		"B3 unknown and migrated":   header("Authorization", "Bearer "+strings.Repeat("m", 40)),
		"B4 short":                  header("Authorization", "Bearer nope"),
		"B4 wrong checksum":         header("Authorization", "Bearer "+mistyped),
		"B5 revoked":                bearer(dead),
		"B5 expired":                bearer(expired),
		"B9 two headers": func(r *http.Request) {
			r.Header["Authorization"] = []string{"Bearer " + ws1.plain.Reveal(), "Bearer " + ws1.plain.Reveal()}
		},
		"B11 long":      header("Authorization", "Bearer "+strings.Repeat("k", 8<<10)),
		"B11 non-ASCII": header("Authorization", "Bearer "+strings.Repeat("é", 40)),
	} {
		t.Run(name, func(t *testing.T) {
			g.ahead.Add(int64(2 * time.Minute)) // a new count of guesses
			for _, d := range doors("ws1") {
				got := g.do(d.method, d.path, d.body, change)
				if d.published {
					got.says(http.StatusUnauthorized, auth)
				}
				if got.status != http.StatusUnauthorized || got.header.Get("X-Error-Code") != "unauthenticated" || got.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s: %d, %v", got.what, got.status, got.header)
				}
			}
		})
	}
	if n := ws1.runs(); n != 0 {
		t.Errorf("%d runs", n)
	}
}

func TestForeignAndMissingWorkspacesSoundTheSame(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	foreign := []string{"ws2", ws2.ws.ID.String(), "no-such-workspace", uuid.NewString(), "%00", "..%2F"}
	for _, name := range foreign {
		for i, d := range doors(name) {
			got := g.do(d.method, d.path, d.body, bearer(ws1.admin), header("X-Request-Id", "same"))
			if d.published {
				got.says(http.StatusUnauthorized, auth)
				continue
			}
			missing := doors("missing")[i]
			got.says(http.StatusNotFound, g.do(missing.method, missing.path, missing.body, bearer(ws1.admin), header("X-Request-Id", "same")).body)
		}
	}
	if n := ws2.runs(); n != 0 {
		t.Errorf("%d runs in the other workspace", n)
	}
}

func TestBearerInAnyCaseAndWorkspaceByIdIsAccepted(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", header("Authorization", "bEaReR "+ws1.plain.Reveal())).is(http.StatusOK)
	g.do(http.MethodPost, "/trigger/start/"+ws1.ws.ID.String()+"/t_echo/DEV", "{}", bearer(ws1.plain)).is(http.StatusOK)
	trigger, err := ws1.store.Trigger(t.Context(), "t_echo")
	must(t, err)
	g.do(http.MethodPost, "/trigger/start/ws1/"+trigger.ID.String()+"/DEV", "{}", bearer(ws1.plain)).is(http.StatusOK)
	if n := ws1.runs(); n != 3 {
		t.Errorf("%d runs, want 3", n)
	}
}

func TestKeyBoundToAnEnvironmentStaysThere(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	const notAllowed = `{"detail":"Environment not allowed for this key"}`
	g.do(http.MethodPost, "/trigger/ws1/t_echo/PROD", "{}", bearer(ws1.dev)).says(http.StatusForbidden, notAllowed)
	g.do(http.MethodPost, "/trigger/start/ws1/no-such-trigger/prod", "{}", bearer(ws1.dev)).says(http.StatusForbidden, notAllowed)
	for _, d := range []struct{ method, path, body string }{
		{http.MethodGet, "/environments/PROD", ""},
		{http.MethodPut, "/environments/PROD/assignments/echo", `{"build":1}`},
		{http.MethodPut, "/environments/PROD/secrets/X", `{"value":"x"}`},
		{http.MethodPost, "/triggers/t_echo/run", `{"environment":"PROD"}`},
		{http.MethodGet, "/runs?environment=PROD", ""},
	} {
		got := g.do(d.method, "/api/v1/workspaces/ws1"+d.path, d.body, bearer(ws1.dev))
		if got.status != http.StatusForbidden || got.field("code") != "environment_not_allowed" {
			t.Errorf("%s: %d %s", got.what, got.status, got.body)
		}
	}

	// A run of an environment that the key does not reach does not exist for it.
	ws1.ok(http.MethodPut, "/environments/PROD/assignments/echo", `{"build":1}`)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/PROD", "{}", bearer(ws1.plain)).is(http.StatusOK).workflow().String()
	g.do(http.MethodGet, "/trigger/status/ws1/"+id, "", bearer(ws1.dev)).says(http.StatusNotFound, detail("Workflow not found"))
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+id, "", bearer(ws1.dev)).is(http.StatusNotFound)
	if got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs", "", bearer(ws1.dev)).is(http.StatusOK); strings.Contains(got.body, id) {
		t.Error("the list shows a run of PROD to a key of DEV")
	}
}

// What holds in PROD is not for a key of DEV to change, and neither is what
// holds everywhere.
func TestKeyBoundToAnEnvironmentChangesNothingOfAnother(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/triggers/t_prod", `{"kind":"api","graph":"echo","environments":["PROD"]}`)
	ws1.made(http.MethodPut, "/triggers/t_dev", `{"kind":"api","graph":"echo","environments":["DEV"]}`)
	for _, d := range []struct{ method, path, body string }{
		{http.MethodPut, "/triggers/t_prod", `{"kind":"api","graph":"echo","environments":["DEV"]}`},
		{http.MethodPut, "/triggers/t_dev", `{"kind":"api","graph":"echo","environments":["DEV","PROD"]}`},
		{http.MethodPut, "/triggers/t_new", `{"kind":"api","graph":"echo"}`},
		{http.MethodPost, "/triggers/t_prod/pause", ""},
		{http.MethodPost, "/triggers/t_prod/resume", ""},
		{http.MethodDelete, "/triggers/t_prod", ""},
		{http.MethodDelete, "/triggers/t_echo", ""},
		{http.MethodDelete, "/graphs/echo", ""},
		{http.MethodDelete, "/keys/plain", ""},
		{http.MethodPatch, "", `{"triggers_paused":true}`},
	} {
		g.do(d.method, "/api/v1/workspaces/ws1"+d.path, d.body, bearer(ws1.dev)).refused(http.StatusForbidden, "environment_not_allowed")
	}
	for path, body := range map[string]string{"/triggers/t_dev": `{"kind":"api","graph":"echo","environments":["DEV"],"title":"T"}`, "/triggers/t_mine": `{"kind":"api","graph":"echo","environments":["DEV"]}`} {
		if got := g.do(http.MethodPut, "/api/v1/workspaces/ws1"+path, body, bearer(ws1.dev)); got.status >= 300 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_dev/pause", "", bearer(ws1.dev)).is(http.StatusOK)
	g.do(http.MethodDelete, "/api/v1/workspaces/ws1/triggers/t_dev", "", bearer(ws1.dev)).is(http.StatusNoContent)
	g.do(http.MethodDelete, "/api/v1/workspaces/ws1/keys/dev", "", bearer(ws1.dev)).is(http.StatusNoContent)
}

func TestKeyInTheQueryIsRefused(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	for _, name := range []string{"api_key", "API_KEY", "key", "token", "access_token", "x", "a;b"} {
		g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV?"+name+"="+ws1.plain.Reveal(), "{}", bearer(ws1.plain)).
			says(http.StatusBadRequest, detail("API keys must be sent in the Authorization header"))
	}
	got := g.do(http.MethodGet, "/api/v1/whoami?api_key=x", "")
	if got.status != http.StatusBadRequest || got.field("code") != "key_in_query" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if strings.Contains(g.log.String(), ws1.plain.Reveal()) {
		t.Error("the log holds the key")
	}
}

func TestManyWrongKeysFromOneAddressAreSlowedDown(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	guess := func(i int) *reply {
		return g.do(http.MethodGet, "/trigger/status/ws1/x", "",
			header("Authorization", "Bearer "+strings.Repeat("g", 40+i)), header("X-Forwarded-For", "203.0.113."+string(rune('0'+i%10))))
	}
	for i := range 20 {
		guess(i).says(http.StatusUnauthorized, auth)
	}
	got := guess(21).says(http.StatusTooManyRequests, detail("Too many requests"))
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// Who holds a right key is not locked out by a neighbour who guesses.
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)).is(http.StatusOK)
	g.ahead.Add(int64(time.Minute))
	guess(22).says(http.StatusUnauthorized, auth)
}

func TestRevokedKeyOpensNothingOnTheNextCall(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)).is(http.StatusOK)
	ws1.call(http.MethodDelete, "/keys/plain", "").is(http.StatusNoContent)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)).says(http.StatusUnauthorized, auth)
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}

func TestEveryRouteDemandsItsScope(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	one := ws1.key("one", key.Key{Scopes: []key.Scope{key.DeliveryRead}})
	other := ws1.key("other", key.Key{Scopes: []key.Scope{key.RunCancel}})
	for _, r := range routes(g) {
		nothing := one
		if r.Needs == key.DeliveryRead {
			nothing = other
		}
		got := g.do(r.Method, filled(r.Path, "ws1"), "", bearer(nothing))
		switch {
		case r.Open && got.status != http.StatusOK && got.status != http.StatusNotFound:
			t.Errorf("%s is not open: %d %s", got.what, got.status, got.body)
		case r.Needs == "" && got.status == http.StatusForbidden:
			t.Errorf("%s needs a scope that it does not name", got.what)
		case r.Needs != "" && (got.status != http.StatusForbidden || got.header.Get("X-Error-Code") != "forbidden"):
			t.Errorf("%s is open without %s: %d %s", got.what, r.Needs, got.status, got.body)
		}
	}
}

// routes is the table of everything that the gateway serves.
func routes(g *gate) []api.Route { return doorOf(fresh(g), wait.NewRoom(nil, poll), slow).Routes() }

// filled is a path with a value for each parameter.
func filled(path, ws string) string {
	return strings.NewReplacer(
		":workspace", ws, ":environment", "DEV", ":trigger", "t_echo", ":graph", "echo", ":number", "1", ":key", "admin",
		":name", "x", ":asset", "none", ":run", uuid.NewString(), ":workflow", uuid.NewString(),
	).Replace(path)
}

// asked counts what a store is asked.
type asked struct {
	api.Store
	times int
}

func (a *asked) Authenticate(ctx context.Context, mac []byte) (key.Key, tenant.Workspace, error) {
	a.times++
	return a.Store.Authenticate(ctx, mac)
}

func (a *asked) Enter(ctx context.Context, mac []byte, trigger, environment string) (store.Entry, error) {
	a.times++
	return a.Store.Enter(ctx, mac, trigger, environment)
}

func TestMistypedKeyCostsNoQuery(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	door := doorOf(fresh(g), wait.NewRoom(nil, poll), slow)
	counting := &asked{Store: g.store}
	door.Store = counting
	h := door.Handler()
	for i, k := range []secret.Secret{"nope", ws1.plain[:60] + "0000", ws1.plain} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/whoami", nil)
		must(t, err)
		bearer(k)(r)
		h.ServeHTTP(&recorder{header: http.Header{}}, r)
		if want := i / 2; counting.times != want {
			t.Errorf("key %d: the store was asked %d times, want %d", i, counting.times, want)
		}
	}
}
