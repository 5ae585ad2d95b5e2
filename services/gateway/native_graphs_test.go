package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestGraphsAreEditedByRevision(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	first := ws1.ok(http.MethodGet, "/graphs/echo", "")
	if first.header.Get("ETag") != `"1"` || first.field("name") != "echo" || first.field("revision") != 1.0 {
		t.Errorf("%s, ETag %s", first.body, first.header.Get("ETag"))
	}
	// What was read can be sent back, edited.
	edited := strings.Replace(first.body, `"nodes"`, `"title":"Echo","nodes"`, 1)
	put := func(body string, changes ...with) *reply {
		return g.do(http.MethodPut, "/api/v1/workspaces/ws1/graphs/echo", body, append(changes, bearer(ws1.admin))...)
	}
	second := put(edited, header("If-Match", `"1"`)).is(http.StatusOK)
	if second.header.Get("ETag") != `"2"` || second.field("title") != "Echo" {
		t.Errorf("%s, ETag %s", second.body, second.header.Get("ETag"))
	}
	put(edited, header("If-Match", `"1"`)).refused(http.StatusPreconditionFailed, "revision_mismatch")
	put(edited, header("If-Match", `"x"`)).refused(http.StatusPreconditionFailed, "revision_mismatch")
	byID := g.do(http.MethodPut, "/api/v1/workspaces/ws1/graphs/"+first.field("id").(string), echo, bearer(ws1.admin)).is(http.StatusOK)
	if byID.field("name") != "echo" {
		t.Error(byID.body)
	}
	ws1.call(http.MethodDelete, "/graphs/echo", "").refused(http.StatusConflict, "conflict")
	ws1.made(http.MethodPut, "/graphs/lonely", echo)
	ws1.call(http.MethodDelete, "/graphs/lonely", "").is(http.StatusNoContent)
	ws1.call(http.MethodGet, "/graphs/lonely", "").refused(http.StatusNotFound, "not_found")
}

func TestWrongGraphsAreToldEverything(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	const wrong = `{"nodes":[{"id":"start","kind":"start"},{"id":"a","kind":"dance"},{"id":"end","kind":"end"}],"edges":[{"from":"start","to":"a"},{"from":"a","to":"nowhere"}]}`
	got := ws1.call(http.MethodPut, "/graphs/wrong", wrong)
	if paths := got.refused(http.StatusUnprocessableEntity, "invalid"); len(paths) < 2 {
		t.Errorf("only %v", paths)
	}
	for _, code := range []string{"unknown_kind", "unknown_node"} {
		if !strings.Contains(got.body, `"code":"`+code+`"`) {
			t.Errorf("no %s in %s", code, got.body)
		}
	}
	if !strings.Contains(got.body, "agent, callback, child_agent, condition, end, fail, graph, human, map, mcp, remote, sleep, start, tool, transform, wait") {
		t.Errorf("an unknown kind is not told which there are: %s", got.body)
	}
	typo := strings.Replace(wrong, `"to":"nowhere"`, `"to":"nowhere","whn":"true"`, 1)
	if paths := ws1.call(http.MethodPut, "/graphs/wrong", typo).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Contains(paths, "edges[1].whn") || !slices.Contains(paths, "nodes[1].kind") {
		t.Errorf("a field that does not exist hides the rest: %v", paths)
	}
	ws1.call(http.MethodPut, "/graphs/wrong", strings.Replace(echo, `"nodes"`, `"nodez":[],"nodes"`, 1)).refused(http.StatusUnprocessableEntity, "unknown_field")
	ws1.call(http.MethodPut, "/graphs/wrong", `{"name":"other",`+echo[3:]).refused(http.StatusUnprocessableEntity, "invalid")
	ws1.call(http.MethodPut, "/graphs/wrong", `{"nodes":`).refused(http.StatusBadRequest, "bad_json")
	ws1.call(http.MethodGet, "/graphs/wrong", "").refused(http.StatusNotFound, "not_found")

	valid := ws1.ok(http.MethodPost, "/graphs/echo/validate", "")
	valid.says(http.StatusOK, `{"valid":true,"errors":[]}`)
	if ws1.ok(http.MethodPost, "/graphs/any/validate", wrong).field("valid") != false {
		t.Error("a wrong graph is said to be valid")
	}
}

func TestBuildsAreFrozenOnceAndAssigned(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	if got := ws1.ok(http.MethodPost, "/graphs/echo/builds", "{}"); got.field("number") != 1.0 || got.field("created_by") != "key:admin" {
		t.Errorf("an unchanged draft: %s", got.body)
	}
	ws1.ok(http.MethodPut, "/graphs/echo", strings.Replace(echo, "{{ message }}", "again {{ message }}", 1))
	if got := ws1.made(http.MethodPost, "/graphs/echo/builds", ""); got.field("number") != 2.0 {
		t.Error(got.body)
	}
	var list struct{ Items []struct{ Number int } }
	ws1.ok(http.MethodGet, "/graphs/echo/builds", "").into(&list)
	if fmt.Sprint(list.Items) != "[{2} {1}]" {
		t.Errorf("%v", list)
	}
	if got := ws1.ok(http.MethodGet, "/graphs/echo/builds/1", ""); strings.Contains(got.body, "again") {
		t.Error("the first build has changed")
	}
	for _, number := range []string{"3", "0", "-1", "x", "99999999999999999999"} {
		ws1.call(http.MethodGet, "/graphs/echo/builds/"+number, "").refused(http.StatusNotFound, "not_found")
	}
	ws1.call(http.MethodGet, "/environments/PROD/assignments/echo", "").refused(http.StatusConflict, "no_build")
	ws1.call(http.MethodPut, "/environments/PROD/assignments/echo", `{"build":7}`).refused(http.StatusNotFound, "not_found")
	ws1.ok(http.MethodPut, "/environments/prod/assignments/echo", `{"build":2}`)
	if got := ws1.ok(http.MethodGet, "/environments/PROD/assignments", ""); got.one("build") != 2.0 || got.one("graph") != "echo" || got.one("environment") != "PROD" {
		t.Error(got.body)
	}
	ws1.call(http.MethodGet, "/environments/MOON", "").refused(http.StatusNotFound, "not_found")
}

func TestSecretsAreWrittenAndNeverRead(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		const value = "sk-proj-very-secret-9876"
		first := ws1.ok(http.MethodPut, "/environments/DEV/secrets/OPENAI", `{"value":"`+value+`"}`)
		if first.field("last4") != "9876" || first.field("version") != 1.0 {
			t.Error(first.body)
		}
		if again := ws1.ok(http.MethodPut, "/environments/DEV/secrets/OPENAI", `{"value":"`+value+`"}`); again.body != first.body {
			t.Errorf("the same value again: %s", again.body)
		}
		if other := ws1.ok(http.MethodPut, "/environments/DEV/secrets/OPENAI", `{"value":"`+value+`0"}`); other.field("version") != 2.0 {
			t.Error(other.body)
		}
		ws1.ok(http.MethodPut, "/environments/DEV/secrets/PIN", `{"value":"1234"}`)
		ws1.ok(http.MethodPut, "/environments/DEV/variables/BASE", `{"value":"https://x"}`)
		ws1.ok(http.MethodPut, "/environments/DEV/models/default", `{"base_url":"https://api.openai.com/v1","secret":"OPENAI","model":"m","usd_per_mtok":[0.25,2]}`)
		shown := ws1.ok(http.MethodGet, "/environments/DEV", "")
		if strings.Contains(shown.body, value) || strings.Contains(shown.body, `"1234"`) || strings.Contains(g.log.String(), value) {
			t.Errorf("a secret shows: %s", shown.body)
		}
		for _, part := range []string{`"variables":{"BASE":"https://x"}`, `"PIN":{"name":"PIN","last4":""`, `"models":{"default":{"base_url":"https://api.openai.com/v1","secret":"OPENAI","model":"m","usd_per_mtok":[0.25,2]}}`} {
			if !strings.Contains(shown.body, part) {
				t.Errorf("no %s in %s", part, shown.body)
			}
		}
		sealed, err := ws1.store.SealedSecrets(t.Context(), "DEV")
		must(t, err)
		plain, err := g.env.Keyring.Open(sealed["OPENAI"].Bytes, ws1.ws.ID.String(), "DEV", "OPENAI")
		if err != nil || string(plain) != value+"0" {
			t.Errorf("opened %q, %v", plain, err)
		}
		ws1.call(http.MethodDelete, "/environments/DEV/secrets/OPENAI", "").is(http.StatusNoContent)
		ws1.call(http.MethodDelete, "/environments/DEV/secrets/OPENAI", "").refused(http.StatusNotFound, "not_found")
		ws1.call(http.MethodPut, "/environments/DEV/secrets/X", `{"value":""}`).refused(http.StatusUnprocessableEntity, "invalid")
		ws1.call(http.MethodPut, "/environments/DEV/models/x", `{"base_url":"ftp://x"}`).refused(http.StatusUnprocessableEntity, "invalid")
		ws1.call(http.MethodPut, "/environments/DEV/models/x", `{"base_url":"https://key:secret@x/v1"}`).refused(http.StatusUnprocessableEntity, "invalid")
	})
}
