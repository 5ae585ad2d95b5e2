package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestKeyListsItsOwnWorkspace(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	got := g.do(http.MethodGet, "/api/v1/workspaces", "", bearer(ws1.plain)).is(http.StatusOK)
	var all struct {
		Items      []struct{ Name string }
		NextCursor *string `json:"next_cursor"`
	}
	if got.into(&all); len(all.Items) != 1 || all.Items[0].Name != "ws1" || all.NextCursor != nil {
		t.Error(got.body)
	}
}

func TestWorkspaceIsPatchedFieldByField(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPatch, "", `{"title":"One"}`)
	got := ws1.ok(http.MethodPatch, "", `{"limits":{"running":7}}`)
	if got.field("title") != "One" || !strings.Contains(got.body, `"limits":{"running":7,"pending":10000}`) || got.header.Get("ETag") != `"3"` {
		t.Error(got.body)
	}
	for body, path := range map[string]string{
		`{"limits":{"running":0}}`:        "limits.running",
		`{"limits":{"running":-1}}`:       "limits.running",
		`{"limits":{"pending":10000001}}`: "limits.pending",
		`{"default_environment":"MOON"}`:  "environments",
	} {
		same(t, body, ws1.call(http.MethodPatch, "", body).refused(http.StatusUnprocessableEntity, "invalid"), path)
	}
	patch := func(etag string) *reply {
		return g.do(http.MethodPatch, "/api/v1/workspaces/ws1", `{"title":"Two"}`, bearer(ws1.admin), header("If-Match", etag))
	}
	patch(`"2"`).refused(http.StatusPreconditionFailed, "revision_mismatch")
	patch(`"3"`).is(http.StatusOK)
}

// starts are the routes with which a run can begin, of every surface.
func starts(g *gate) (all []string) {
	for _, r := range routes(g) {
		if r.Needs == key.TriggerInvoke && r.Method == http.MethodPost && r.Audit != "run.answer" {
			all = append(all, r.Path)
		}
	}
	return all
}

func TestKillSwitchStopsEveryStartAtOnce(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	mine := ws1.owned()
	paths := starts(g)
	if len(paths) < 5 {
		t.Fatalf("only %v can start a run", paths)
	}
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":true}`)
	before := ws1.runs()
	for _, path := range paths {
		// A synchronous call would wait for a run that nobody executes.
		got := g.do(http.MethodPost, mine.in(path), mine.in(swaps["POST "+path]), bearer(ws1.admin))
		if after := ws1.runs(); after != before {
			t.Fatalf("%s started a run: %d %s", path, got.status, got.body)
		}
		if strings.Contains(path, "/trigger/") || strings.HasSuffix(path, "/run") {
			if got.is(http.StatusConflict); got.header.Get("X-Error-Code") != "trigger_paused" {
				t.Errorf("%s: %s", path, got.body)
			}
		}
	}
	ws2.call(http.MethodPost, "/triggers/t_echo/run", "{}").is(http.StatusAccepted)
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":false}`)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)).is(http.StatusOK)
	if after := ws1.runs(); after != before+1 {
		t.Errorf("%d runs, want %d", after, before+1)
	}
}

func TestDeletedWorkspaceIsGoneOnTheNextCall(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1, ws2 := g.side("ws1"), g.side("ws2")
		mine := ws1.owned()
		others := ws2.everything()
		remove := func(k secret.Secret, query string, changes ...with) *reply {
			return g.do(http.MethodDelete, "/api/v1/workspaces/ws1"+query, "", append(changes, bearer(k))...)
		}
		const yes = "?confirm=ws1"
		remove(ws1.plain, yes).refused(http.StatusForbidden, "forbidden")
		remove(ws1.dev, yes).refused(http.StatusForbidden, "environment_not_allowed")
		remove(ws2.admin, yes).refused(http.StatusNotFound, "not_found")
		for _, query := range []string{"", "?confirm=yes", "?confirm=ws2"} {
			same(t, query, remove(ws1.admin, query).refused(http.StatusUnprocessableEntity, "invalid"), "confirm")
		}
		remove(ws1.admin, "", header("If-Match", `"9"`)).refused(http.StatusPreconditionFailed, "revision_mismatch")
		if got := remove(ws1.admin, yes); got.refused(http.StatusConflict, "conflict") != nil || !strings.Contains(got.body, "1 runs are pending") {
			t.Error(got.body)
		}
		ws1.call(http.MethodPost, "/runs/"+mine.run+"/cancel", "").is(http.StatusAccepted)
		remove(ws1.admin, "", header("If-Match", `"1"`)).is(http.StatusNoContent)
		for _, k := range []secret.Secret{ws1.admin, ws1.plain, ws1.dev} {
			g.do(http.MethodGet, "/api/v1/workspaces/ws1", "", bearer(k)).is(http.StatusUnauthorized)
			g.do(http.MethodGet, "/trigger/status/ws1/"+mine.run, "", bearer(k)).is(http.StatusUnauthorized)
		}
		if ws2.everything() != others {
			t.Error("the other workspace has changed")
		}
		g.do(http.MethodPost, "/api/v1/workspaces", `{"name":"ws1"}`, bearer(ws2.admin)).is(http.StatusCreated)
	})
}

func TestWorkspaceIsNotMadeWithoutItsKey(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	made := g.do(http.MethodPost, "/api/v1/workspaces", `{"name":"fresh"}`, bearer(ws1.admin)).is(http.StatusCreated)
	admin := secret.Secret(made.field("admin_key").(string))
	got := g.do(http.MethodGet, "/api/v1/workspaces/fresh/keys", "", bearer(admin)).is(http.StatusOK)
	if got.one("name") != "admin" || got.one("created_by") != "key:admin" {
		t.Error(got.body)
	}
}
