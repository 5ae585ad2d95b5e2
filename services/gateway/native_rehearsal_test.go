package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestRehearsalSaysWhatAStartWouldDoAndStartsNothing(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/triggers/t_said", `{"kind":"api","graph":"echo","config":{"message":"default","user_variables":{"a":1,"b":2}},"policies":{"timeout":"10m"}}`)
	try := func(trigger, body string) *reply {
		return g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/"+trigger+"/test", body, bearer(ws1.plain))
	}
	got := try("t_said", `{"user_variables":{"b":9007199254740993},"environment":"dev"}`).is(http.StatusOK)
	got.says(http.StatusOK, `{"would_start":true,"at_once":true,"reason":null,"warnings":[],"kind":"api","graph":"echo","build":1,"environment":"DEV",`+
		`"message":"default","user_variables":{"a":1,"b":9007199254740993},"policies":{"timeout":"10m"},`+
		`"limits":{"call_seconds":150,"run_seconds":600,"running":{"used":0,"most":50},"pending":{"used":0,"most":10000}}}`)

	ws1.made(http.MethodPut, "/triggers/t_uat", `{"kind":"api","graph":"echo","environments":["UAT","PROD"],"build":1}`)
	ws1.ok(http.MethodPost, "/triggers/t_paused/resume", "")
	ws1.ok(http.MethodPost, "/triggers/t_paused/pause", `{"reason":"holidays"}`)
	ws1.made(http.MethodPut, "/triggers/t_old", `{"kind":"api","graph":"echo","status":"archived"}`)
	for _, c := range []struct{ trigger, body, code, says string }{
		{"t_paused", ``, "trigger_paused", "the trigger is paused: holidays"},
		{"t_old", ``, "not_found", "the trigger is archived: restore it first"},
		{"t_echo", `{"environment":"PROD"}`, "no_build", "no build of graph echo is assigned to PROD"},
		{"t_uat", `{"environment":"DEV"}`, "no_build", "the trigger starts no runs in DEV"},
	} {
		got := try(c.trigger, c.body).is(http.StatusOK)
		if got.field("would_start") != false || !strings.Contains(got.body, fmt.Sprintf(`"reason":{"code":%q,"message":%q}`, c.code, c.says)) {
			t.Errorf("%s %s: %s", c.trigger, c.body, got.body)
		}
		started := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/"+c.trigger+"/run", c.body, bearer(ws1.plain))
		if started.status < 400 || started.field("code") != c.code {
			t.Errorf("%s: the start itself is answered %d %s", c.trigger, started.status, started.body)
		}
	}
	try("t_said", `{"messag":"x"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	try("t_said", `{"user_variables":{"a.b":1}}`).refused(http.StatusUnprocessableEntity, "invalid")
	try("nothing", ``).refused(http.StatusNotFound, "not_found")
	try("t_paused", `{"override_pause":true}`).refused(http.StatusForbidden, "forbidden")

	ws1.ok(http.MethodPatch, "", `{"triggers_paused":true}`)
	if got := try("t_said", ``); got.field("would_start") != false || !strings.Contains(got.body, `all triggers of the workspace are paused`) {
		t.Error(got.body)
	}
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":false,"limits":{"running":1,"pending":1}}`)
	if n := ws1.runs(); n != 0 {
		t.Fatalf("%d runs, want none", n)
	}
	for _, want := range []string{`"would_start":true,"at_once":true`, `"would_start":true,"at_once":false`, `"would_start":false,"at_once":false,"reason":{"code":"queue_full"`} {
		if got := try("t_said", ``); !strings.Contains(got.body, want) {
			t.Errorf("%s, want %s", got.body, want)
		}
		ws1.call(http.MethodPost, "/triggers/t_said/run", "")
	}
}

func TestRehearsalNamesWhatTheEnvironmentLacks(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/graphs/needy", `{
  "nodes": [{"id": "start", "kind": "start"},
    {"id": "call", "kind": "tool", "config": {"http": {"method": "GET", "url": "{{ env.HOST }}/x", "headers": {"Authorization": "Bearer {{ secrets.TOKEN }}"}}}},
    {"id": "more", "kind": "graph", "config": {"graph": "helper"}},
    {"id": "end", "kind": "end"}],
  "edges": [{"from": "start", "to": "call"}, {"from": "call", "to": "more"}, {"from": "more", "to": "end"}]
}`)
	ws1.made(http.MethodPost, "/graphs/needy/builds", "")
	ws1.ok(http.MethodPut, "/environments/DEV/assignments/needy", `{"build":1}`)
	ws1.made(http.MethodPut, "/triggers/needy", `{"kind":"manual","graph":"needy"}`)
	ws1.ok(http.MethodPut, "/environments/UAT/secrets/TOKEN", `{"value":"a secret"}`) // of another environment
	got := ws1.ok(http.MethodPost, "/triggers/needy/test", "")
	const want = `"warnings":[{"code":"missing_secret","message":"DEV has no secret \"TOKEN\", which nodes.call.config.http.headers.Authorization names"},` +
		`{"code":"missing_variable","message":"DEV has no variable \"HOST\", which nodes.call.config.http.url names"},` +
		`{"code":"missing_graph","message":"there is no graph \"helper\", which nodes.more starts"}]`
	if got.field("would_start") != true || !strings.Contains(got.body, want) {
		t.Error(got.body)
	}
	ws1.ok(http.MethodPut, "/environments/DEV/secrets/TOKEN", `{"value":"a secret"}`)
	ws1.ok(http.MethodPut, "/environments/DEV/variables/HOST", `{"value":"http://127.0.0.1"}`)
	ws1.made(http.MethodPut, "/graphs/helper", `{"nodes":[{"id":"start","kind":"start"},{"id":"end","kind":"end"}],"edges":[{"from":"start","to":"end"}]}`)
	if got := ws1.ok(http.MethodPost, "/triggers/needy/test", ""); !strings.Contains(got.body, `"warnings":[]`) {
		t.Error(got.body)
	}
}

func TestPausedTriggerRunsOnlyForThoseWhoManageIt(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	const body = `{"override_pause":true}`
	ws1.call(http.MethodPost, "/triggers/t_paused/run", "").refused(http.StatusConflict, "trigger_paused")
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_paused/run", body, bearer(ws1.plain)).refused(http.StatusForbidden, "forbidden")
	if got := ws1.ok(http.MethodPost, "/triggers/t_paused/test", body); got.field("would_start") != true {
		t.Error(got.body)
	}
	ws1.call(http.MethodPost, "/triggers/t_paused/run", body).is(http.StatusAccepted)
	if got := ws1.ok(http.MethodGet, "/triggers/t_paused", ""); got.field("status") != "paused" {
		t.Error(got.body)
	}
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":true}`)
	ws1.call(http.MethodPost, "/triggers/t_paused/run", body).refused(http.StatusConflict, "trigger_paused")
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}
