package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestScheduleIsRefusedAtItsPlace(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for body, want := range map[string]string{
		`{"kind":"schedule","graph":"echo","config":{"cron":"* * * *"}}`:                                            "config.cron",
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 0 30 2 *"}}`:                                         "config.cron",
		`{"kind":"schedule","graph":"echo","config":{"cron":"` + strings.Repeat("0,", 60) + `0 * * * *"}}`:          "config.cron",
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","timezone":"EST5"}}`:                        "config.timezone",
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","message":"{{ schedule. }}"}}`:              "config.message",
		`{"kind":"schedule","graph":"echo","config":{"run_at":"2020-01-01T00:00:00Z"}}`:                             "config.run_at",
		`{"kind":"schedule","graph":"echo","config":{}}`:                                                            "config.cron",
		`{"kind":"schedule","graph":"echo","config":{"every":"5m"},"policies":{"overlap":"never"}}`:                 "policies.overlap",
		`{"kind":"schedule","graph":"echo","config":{"every":"5m"},"policies":{"misfire":{"mode":"last","max":2}}}`: "policies.misfire.max",
		`{"kind":"api","graph":"echo","policies":{"overlap":"skip"}}`:                                               "policies",
	} {
		if paths := ws1.call(http.MethodPost, "/triggers", body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(paths, []string{want}) {
			t.Errorf("%s: wrong at %v, want %s", body, paths, want)
		}
	}
}

func TestWorkspaceKeepsSchedulesApart(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	const often = `{"kind":"schedule","graph":"echo","config":{"cron":"0,1 0 * * *"}}`
	ws1.made(http.MethodPut, "/triggers/before", often)
	ws1.ok(http.MethodPatch, "", `{"limits":{"min_interval":"1h"}}`)
	got := ws1.call(http.MethodPut, "/triggers/after", often)
	if paths := got.refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(paths, []string{"config"}) || !strings.Contains(got.body, "too_frequent") {
		t.Errorf("too frequent is answered %s", got.body)
	}
	ws1.made(http.MethodPut, "/triggers/after", `{"kind":"schedule","graph":"echo","config":{"cron":"0 * * * *"}}`)
	ws1.ok(http.MethodPatch, "/triggers/before", `{"title":"kept"}`)
	ws1.call(http.MethodPatch, "/triggers/before", `{"config":{"timezone":"Europe/Berlin"}}`).refused(http.StatusUnprocessableEntity, "invalid")
	for _, wrong := range []string{"soon", "-1h", "10000h"} {
		ws1.call(http.MethodPatch, "", `{"limits":{"min_interval":"`+wrong+`"}}`).refused(http.StatusUnprocessableEntity, "invalid")
	}
}

func TestScheduleThatIsOverCanStillBeEdited(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	at := g.env.Now().Add(time.Minute).UTC().Format("2006-01-02T15:04:05Z")
	body := `{"kind":"schedule","graph":"echo","title":"one","config":{"run_at":"` + at + `"}}`
	ws1.made(http.MethodPut, "/triggers/once", body)
	g.ahead.Store(int64(2 * time.Minute))
	ws1.ok(http.MethodPut, "/triggers/once", body)
	ws1.ok(http.MethodPatch, "/triggers/once", `{"title":"two"}`)
	ws1.call(http.MethodPut, "/triggers/other", body).refused(http.StatusUnprocessableEntity, "invalid")
}

func TestScheduleThatIsRunNowSpeaksOfNow(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/triggers/daily", `{"kind":"schedule","graph":"echo","config":{"preset":"daily","message":"{{ trigger.name }}, {{ schedule.missed }} missed","user_variables":{"a":"{{ schedule.lateness_s }}","b":1}}}`)
	run := ws1.call(http.MethodPost, "/triggers/daily/run", `{"user_variables":{"b":2}}`).is(http.StatusAccepted).field("id").(string)
	got := ws1.ok(http.MethodGet, "/runs/"+run, "")
	if got.field("message") != "daily, 0 missed" || !strings.Contains(got.body, `"user_variables":{"a":0,"b":2}`) {
		t.Errorf("the run begins with %s", got.body)
	}
	rehearsed := ws1.ok(http.MethodPost, "/triggers/daily/test", `{"message":"mine"}`)
	if rehearsed.field("message") != "mine" {
		t.Errorf("the rehearsal begins with %s", rehearsed.body)
	}
}

func TestScheduleInTheWordsOfPhinite(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	got := ws1.made(http.MethodPost, "/triggers", `{"name":"Lunch","workflow_type":"cron","graph_id":"echo","cron_expression":"0 0 12 ? * MON,THU *",
		"timezone":"Europe/Berlin","start_time":"2030-01-01T00:00:00Z","message":"go","environments":{"DEV":{"build_id":null}}}`)
	if got.field("kind") != "schedule" || !strings.Contains(got.body, `"cron":"0 0 12 ? * MON,THU *"`) {
		t.Errorf("made %s", got.body)
	}
}
