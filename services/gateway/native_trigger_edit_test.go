package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/run"
)

// other makes a second graph, with a build that DEV starts.
func (s *side) other() {
	s.g.t.Helper()
	s.made(http.MethodPut, "/graphs/other", echo)
	s.made(http.MethodPost, "/graphs/other/builds", "")
	s.ok(http.MethodPut, "/environments/DEV/assignments/other", `{"build":1}`)
}

func TestTriggerIsMadeWithoutAName(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	const body = `{"title":"Nightly digest","kind":"api","graph":"echo","config":{"message":"a"}}`
	if got := ws1.made(http.MethodPost, "/triggers", body); got.field("name") != "nightly-digest" || got.header.Get("ETag") != `"1"` {
		t.Error(got.body)
	}
	if got := ws1.made(http.MethodPost, "/triggers", body); got.field("name") != "nightly-digest-2" {
		t.Error(got.body)
	}
	if got := ws1.made(http.MethodPost, "/triggers", `{"name":"chosen","kind":"manual","graph":"echo"}`); got.field("name") != "chosen" {
		t.Error(got.body)
	}
	ws1.call(http.MethodPost, "/triggers", `{"name":"chosen","kind":"manual","graph":"echo"}`).refused(http.StatusConflict, "conflict")

	make := func(s *side, key, body string) *reply {
		return g.do(http.MethodPost, "/api/v1/workspaces/"+s.ws.Name+"/triggers", body, bearer(s.admin), once(key))
	}
	first := make(ws1, "k", body).is(http.StatusCreated)
	again := make(ws1, "k", strings.Replace(body, `{"title"`, `{ "title" `, 1)).is(http.StatusCreated)
	if first.field("id") != again.field("id") || first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	make(ws1, "k", `{"kind":"api","graph":"echo"}`).refused(http.StatusUnprocessableEntity, "idempotency_conflict")
	if theirs := make(ws2, "k", body).is(http.StatusCreated); theirs.field("id") == first.field("id") {
		t.Error("a key of one workspace found what another made")
	}
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers", body, bearer(ws1.dev)).refused(http.StatusForbidden, "environment_not_allowed")
	for text, want := range map[string][]string{
		`{"kind":"api"}`: {"graph"},
		`{"kind":"api","graph":"echo","labels":{"a:b":"c"}}`:                       {"labels"},
		`{"kind":"api","graph":"echo","title":"` + strings.Repeat("t", 256) + `"}`: {"title"},
	} {
		if got := ws1.call(http.MethodPost, "/triggers", text).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, want) {
			t.Errorf("%.60s: wrong at %v, want %v", text, got, want)
		}
	}
}

func TestTriggerIsMadeInTheWordsOfPhinite(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	got := ws1.made(http.MethodPost, "/triggers", `{"name":"Weekly report!","workflow_type":"background_task","flow_id":"echo","integration":null,"cron_expression":null,
		"message":"go","user_variables":{"n":9007199254740993},"environments":{"DEV":{"build_id":"1"},"uat":{"build_id":1}}}`)
	for field, want := range map[string]string{
		"name": "weekly-report", "title": "Weekly report!", "kind": "background", "graph": "echo", "build": "1", "environments": "[DEV UAT]",
	} {
		if fmt.Sprint(got.field(field)) != want {
			t.Errorf("%s is %v, want %s", field, got.field(field), want)
		}
	}
	if !strings.Contains(got.body, `"config":{"message":"go","user_variables":{"n":9007199254740993}}`) {
		t.Error(got.body)
	}
	if got := ws1.ok(http.MethodPatch, "/triggers/weekly-report", `{"workflow_type":"manual","name":"Report","environments":{"DEV":{}}}`); got.field("kind") != "manual" ||
		got.field("title") != "Report" || got.field("build") != "assigned" || got.field("name") != "weekly-report" {
		t.Error(got.body)
	}
	if got := ws1.call(http.MethodPatch, "/triggers/weekly-report", `{"integration":null}`).refusedWith(http.StatusUnprocessableEntity); !slices.Equal(got, []string{"workflow_type"}) {
		t.Errorf("wrong at %v", got)
	}
	jira := ws1.made(http.MethodPost, "/triggers", `{"workflow_type":"api","graph_id":"echo","integration":"jira","environments":{"DEV":{}}}`)
	if id := jira.field("id"); jira.field("kind") != "jira" || !strings.Contains(jira.body, fmt.Sprintf("/trigger/jira/start/ws1/%s/DEV", id)) {
		t.Error(jira.body)
	}
	for text, want := range map[string][]string{
		`{"workflow_type":"cron","graph_id":"echo"}`:                                                 {"cron_expression"},
		`{"workflow_type":"cron","graph_id":"echo","cron_expression":"* * * *"}`:                     {"cron_expression"},
		`{"workflow_type":"cron","graph_id":"echo","cron_expression":"0 9 * * *","timezone":"Mars"}`: {"timezone"},
		`{"workflow_type":"manual","graph_id":"echo","integration":"jira"}`:                          {"integration"},
		`{"workflow_type":"api","graph_id":"echo","integration":"fax"}`:                              {"integration"},
		`{"workflow_type":"sometimes","graph_id":"echo"}`:                                            {"workflow_type"},
		`{"workflow_type":5,"graph_id":"echo"}`:                                                      {"workflow_type"},
		`{"graph_id":"echo","integration":null}`:                                                     {"workflow_type"},
		`{"graph_id":"echo"}`:                                                                        {"workflow_type"},
		`{"workflow_type":"api","agent_graph_id":"nothing"}`:                                         {"agent_graph_id"},
		`{"workflow_type":"api"}`:                                                                    {"graph_id"},
		`{"workflow_type":"api","graph_id":"echo","message":1}`:                                      {"message"},
		`{"workflow_type":"api","graph_id":"echo","cron_expression":"* * * * *"}`:                    {"cron_expression"},
		`{"workflow_type":"api","graph_id":"echo","environments":["DEV"]}`:                           {"environments"},
		`{"workflow_type":"api","graph_id":"echo","environments":{"DEV":{"build_id":"x"}}}`:          {"environments.DEV.build_id"},
		`{"workflow_type":"api","graph_id":"echo","environments":{"DEV":{"build_id":9}}}`:            {"environments"},
		`{"workflow_type":"api","graph_id":"echo","environments":{"DEV":{"build_id":1},"UAT":{}}}`:   {"environments"},
	} {
		paths := ws1.call(http.MethodPost, "/triggers", text)
		if got := paths.refusedWith(http.StatusUnprocessableEntity); !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v, want %v", text, got, want)
		}
	}
	ws1.call(http.MethodPost, "/triggers", `{"workflow_type":"api","graph_id":"echo","config":{}}`).refused(http.StatusUnprocessableEntity, "unknown_field")
}

// refusedWith gives the paths of a refusal whose code does not matter.
func (r *reply) refusedWith(status int) (paths []string) {
	r.t.Helper()
	r.is(status)
	var p struct{ Errors []struct{ Path string } }
	r.into(&p)
	for _, e := range p.Errors {
		paths = append(paths, e.Path)
	}
	return paths
}

func TestEditedTriggerStartsWhatItSaysNow(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.other()
	before := ws1.ok(http.MethodGet, "/triggers/t_echo", "")
	got := ws1.ok(http.MethodPatch, "/triggers/t_echo", `{"kind":"background","graph":"other","config":{"message":"hello","user_variables":{"a":1}},"labels":{"owner":"data"}}`)
	if got.field("graph") != "other" || got.field("kind") != "background" || got.field("revision") != 2.0 || got.field("id") != before.field("id") || got.header.Get("ETag") != `"2"` {
		t.Error(got.body)
	}
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).is(http.StatusOK).workflow()
	r, err := ws1.store.Run(t.Context(), id)
	must(t, err)
	if r.Graph != "other" || r.Message != "hello" || r.Cause.Kind != "background" {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct{ patch, want string }{
		{`{"config":{"user_variables":{"b":9007199254740993}}}`, `"config":{"message":"hello","user_variables":{"a":1,"b":9007199254740993}}`},
		{`{"config":{"message":null}}`, `"config":{"user_variables":{"a":1,"b":9007199254740993}}`},
		{`{"labels":{"owner":null,"tier":"1"}}`, `"labels":{"tier":"1"}`},
		{`{"build":1,"environments":["dev"]}`, `"build":1,"environments":["DEV"]`},
		{`{"environments":null,"build":"assigned"}`, `"build":"assigned","environments":[]`},
		{`{"policies":{"timeout":"5m"}}`, `"policies":{"timeout":"5m"}`},
		{`{"title":"T","name":"t_echo","id":"x","last_run":null}`, `"title":"T"`},
		{`{"config":null}`, `"config":{}`},
	} {
		if got := ws1.ok(http.MethodPatch, "/triggers/t_echo", c.patch); !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %s", c.patch, got.body)
		}
	}
	now := ws1.ok(http.MethodPatch, "/triggers/t_echo", `{}`)
	if now.field("revision") != 10.0 {
		t.Errorf("an empty patch is a change: %s", now.body)
	}
	patch := func(tag, body string) *reply {
		return g.do(http.MethodPatch, "/api/v1/workspaces/ws1/triggers/t_echo", body, bearer(ws1.admin), header("If-Match", tag))
	}
	patch(`"9"`, `{"title":"old"}`).refused(http.StatusPreconditionFailed, "revision_mismatch")
	patch(`"10"`, `{"title":"new"}`).is(http.StatusOK)
	for body, want := range map[string][]string{
		`{"kind":"pigeon"}`:        {"kind"},
		`{"kind":null}`:            {"kind"},
		`{"graph":"nothing"}`:      {"graph"},
		`{"build":7}`:              {"build"},
		`{"name":"new"}`:           {"name"},
		`{"config":{"message":1}}`: {"config.message"},
		`{"status":"asleep"}`:      {"status"},
		`[]`:                       {""},
	} {
		if got := ws1.call(http.MethodPatch, "/triggers/t_echo", body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v, want %v", body, got, want)
		}
	}
	ws1.call(http.MethodPatch, "/triggers/t_echo", `{"titel":"T"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	ws1.call(http.MethodPatch, "/triggers/nothing", `{}`).refused(http.StatusNotFound, "not_found")
	for body, status := range map[string]int{`{"title":"mine"}`: http.StatusForbidden, `{"environments":["DEV"]}`: http.StatusForbidden} {
		g.do(http.MethodPatch, "/api/v1/workspaces/ws1/triggers/t_echo", body, bearer(ws1.dev)).refused(status, "environment_not_allowed")
	}
	ws1.ok(http.MethodPatch, "/triggers/t_echo", `{"environments":["DEV"]}`)
	dev := func(body string) *reply {
		return g.do(http.MethodPatch, "/api/v1/workspaces/ws1/triggers/t_echo", body, bearer(ws1.dev))
	}
	dev(`{"title":"mine"}`).is(http.StatusOK)
	dev(`{"environments":["DEV","PROD"]}`).refused(http.StatusForbidden, "environment_not_allowed")
}

func TestPatchKeepsWhatItDoesNotName(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPost, "/triggers/t_echo/pause", `{"reason":"holidays"}`)
	if got := ws1.ok(http.MethodPatch, "/triggers/t_echo", `{"title":"T"}`); got.field("status") != "paused" || got.field("paused_reason") != "holidays" {
		t.Error(got.body)
	}
	shown := ws1.ok(http.MethodGet, "/triggers/t_echo", "")
	if got := ws1.ok(http.MethodPut, "/triggers/t_echo", shown.body); got.field("paused_reason") != "holidays" || got.field("revision") != shown.field("revision") {
		t.Errorf("what was read, sent back: %s", got.body)
	}
	if got := ws1.ok(http.MethodPatch, "/triggers/t_echo", `{"status":"active"}`); got.field("status") != "active" || got.field("paused_reason") != nil {
		t.Error(got.body)
	}
}

func TestArchivedTriggerStartsNothingAndComesBack(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPost, "/triggers/t_paused/archive", "")
	if got := ws1.ok(http.MethodPost, "/triggers/t_echo/archive", ""); got.field("status") != "archived" || !strings.Contains(got.body, `"warnings":[]`) {
		t.Error(got.body)
	}
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).says(http.StatusNotFound, detail("Trigger not found"))
	ws1.call(http.MethodPost, "/triggers/t_echo/run", "").refused(http.StatusNotFound, "not_found")
	ws1.call(http.MethodPost, "/triggers/t_echo/resume", "").refused(http.StatusConflict, "conflict")
	ws1.call(http.MethodPost, "/triggers/t_echo/pause", "").refused(http.StatusConflict, "conflict")
	equalNames(t, ws1.names("?"), "t_manual")
	equalNames(t, ws1.names("?status=archived&search=ECHO"), "t_echo")
	if got := ws1.ok(http.MethodPost, "/triggers/t_paused/restore", ""); got.field("status") != "paused" {
		t.Error(got.body)
	}
	for range 2 {
		ws1.ok(http.MethodPost, "/triggers/t_echo/restore", "")
	}
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).is(http.StatusOK)
}

func TestDeletedTriggerLeavesItsRunsAndItsName(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).is(http.StatusOK).workflow()
	ws1.call(http.MethodDelete, "/triggers/t_echo", "").is(http.StatusNoContent)
	ws1.made(http.MethodPut, "/triggers/t_echo", `{"kind":"manual","graph":"echo"}`)
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"a": "b"}})
	if got := g.do(http.MethodGet, "/trigger/status/ws1/"+id.String(), "", bearer(ws1.plain)).is(http.StatusOK); got.field("status") != "completed" {
		t.Error(got.body)
	}
}
