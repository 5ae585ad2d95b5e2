package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTriggerDocument(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	const wanted = `{"title":"T","kind":"background","graph":"echo","build":1,"environments":["uat","DEV"],"config":{"message":"hello"},"policies":{"timeout":"10m"},"labels":{"owner":"data"}}`
	made := ws1.made(http.MethodPut, "/triggers/nightly", wanted)
	var doc map[string]any
	made.into(&doc)
	base := g.env.Settings.BaseURL()
	urls := func(env string) map[string]any {
		return map[string]any{
			"call": base + "/trigger/ws1/nightly/" + env, "start": base + "/trigger/start/ws1/nightly/" + env, "status": base + "/trigger/status/ws1/{workflow_id}",
		}
	}
	want := map[string]any{
		"id": doc["id"], "name": "nightly", "title": "T", "kind": "background", "graph": "echo", "build": 1.0,
		"environments": []any{"DEV", "UAT"}, "status": "active", "paused_reason": nil, "config": map[string]any{"message": "hello"},
		"policies": map[string]any{"timeout": "10m"}, "labels": map[string]any{"owner": "data"},
		"urls":    map[string]any{"DEV": urls("DEV"), "UAT": urls("UAT")},
		"account": nil, "next_fire_at": nil, "last_run": nil,
		"warnings": []any{map[string]any{
			"code":    "graph_shared",
			"message": "graph echo is also started by t_echo, t_manual, t_paused: a graph is easier to follow when one trigger starts it",
		}},
		"revision": 1.0, "created_at": doc["created_at"], "updated_at": doc["updated_at"],
	}
	if got, expected := canonical(doc), canonical(want); got != expected {
		t.Errorf("got  %s\nwant %s", got, expected)
	}
	if at, err := time.Parse("2006-01-02T15:04:05.000Z", doc["created_at"].(string)); err != nil || time.Since(at) > time.Minute {
		t.Errorf("created_at %v", doc["created_at"])
	}
	if again := ws1.ok(http.MethodPut, "/triggers/nightly", made.body); again.field("revision") != 1.0 {
		t.Errorf("what was read, sent back: %s", again.body)
	}
	if paused := ws1.ok(http.MethodPut, "/triggers/nightly", strings.Replace(wanted, `"title"`, `"status":"paused","title"`, 1)); paused.field("status") != "paused" {
		t.Error(paused.body)
	}
	if kept := ws1.ok(http.MethodPut, "/triggers/nightly", wanted); kept.field("status") != "paused" {
		t.Errorf("a document without status changed it: %s", kept.body)
	}
	for body, want := range map[string][]string{
		`{"kind":"pigeon","graph":"echo"}`:                            {"kind"},
		`{"kind":"api"}`:                                              {"graph"},
		`{"kind":"api","graph":"nothing"}`:                            {"graph"},
		`{"kind":"api","graph":"echo","build":9}`:                     {"build"},
		`{"kind":"api","graph":"echo","build":"newest"}`:              {"build"},
		`{"kind":"api","graph":"echo","name":"other"}`:                {"name"},
		`{"kind":"api","graph":"echo","environments":["DEV","MARS"]}`: {"environments[1]"},
		`{"kind":"api","graph":"echo","config":{"message":1}}`:        {"config.message"},
		`{"kind":"api","graph":"echo","policies":{"timeout":"3h"}}`:   {"policies.timeout"},
		`{"kind":"api","graph":"echo","status":"asleep"}`:             {"status"},
	} {
		if got := ws1.call(http.MethodPut, "/triggers/x", body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v, want %v", body, got, want)
		}
	}
	several := ws1.call(http.MethodPut, "/triggers/x", `{"kind":"pigeon","titel":"T","policies":{"timeout":"x"}}`).refused(http.StatusUnprocessableEntity, "invalid")
	slices.Sort(several)
	if want := []string{"graph", "kind", "policies.timeout", "titel"}; !slices.Equal(several, want) {
		t.Errorf("several mistakes: wrong at %v, want %v", several, want)
	}
	if got := ws1.call(http.MethodPut, "/triggers/x", `{"kind":"pigeon","graph":"echo"}`); !strings.Contains(got.body, "api, background, schedule, manual") {
		t.Errorf("an unknown kind is not told which there are: %s", got.body)
	}
	ws1.call(http.MethodGet, "/triggers?status=asleep", "").refused(http.StatusUnprocessableEntity, "invalid")
	for _, body := range []string{`{"kind":"api","graph":"echo","cron":"* * * * *"}`, `{"kind":"api","graph":"echo","policies":{"concurrency":1}}`} {
		ws1.call(http.MethodPut, "/triggers/x", body).refused(http.StatusUnprocessableEntity, "unknown_field")
	}
	var list struct{ Items []struct{ Name string } }
	ws1.ok(http.MethodGet, "/triggers?status=paused", "").into(&list)
	if len(list.Items) != 2 {
		t.Errorf("paused: %v", list)
	}
	if kinds := g.do(http.MethodGet, "/api/v1/trigger-kinds", "", bearer(ws1.plain)).is(http.StatusOK); !strings.Contains(kinds.body, `"kind":"manual"`) {
		t.Error(kinds.body)
	}
}

func TestRunNowSaysWhatTheConfigSays(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/UAT/assignments/echo", `{"build":1}`)
	ws1.made(http.MethodPut, "/triggers/t_said", `{"kind":"manual","graph":"echo","environments":["UAT"],"config":{"message":"default","user_variables":{"a":1,"b":2}}}`)
	got := ws1.call(http.MethodPost, "/triggers/t_said/run", `{"user_variables":{"b":9007199254740993}}`).is(http.StatusAccepted)
	if got.field("environment") != "UAT" || got.field("message") != "default" || got.field("status") != "pending" || got.field("trigger") != "t_said" ||
		!strings.Contains(got.body, `"user_variables":{"a":1,"b":9007199254740993}`) || !strings.Contains(got.body, `"cause":{"kind":"manual",`) {
		t.Error(got.body)
	}
	first := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_said/run", "", bearer(ws1.plain), once("k")).is(http.StatusAccepted)
	again := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_said/run", "", bearer(ws1.plain), once("k")).is(http.StatusAccepted)
	if first.field("id") != again.field("id") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	ws1.call(http.MethodPost, "/triggers/t_said/run", `{"environment":"DEV"}`).refused(http.StatusConflict, "no_build")
	ws1.call(http.MethodPost, "/triggers/t_said/run", `{"messag":"x"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	for _, variables := range []string{`{"":1}`, `{"a.b":1}`, `{"{{":1}`, `{"` + strings.Repeat("n", 129) + `":1}`, `{"v0":0` + numbered(1000) + `}`} {
		got := ws1.call(http.MethodPost, "/triggers/t_said/run", `{"user_variables":`+variables+`}`).refused(http.StatusUnprocessableEntity, "invalid")
		if !slices.Equal(got, []string{"user_variables"}) {
			t.Errorf("%.40s: wrong at %v", variables, got)
		}
	}
	ws1.call(http.MethodPost, "/triggers/nothing/run", ``).refused(http.StatusNotFound, "not_found")
}

// numbered are the members "v1" to "vn" of an object that has others before.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"v%d":1`, i+1)
	}
	return b.String()
}
