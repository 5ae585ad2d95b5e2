package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/key"
)

// nightly makes a schedule of every day at nine in Berlin.
func (s *side) nightly() {
	s.g.t.Helper()
	s.made(http.MethodPut, "/triggers/nightly", `{"kind":"schedule","graph":"echo","environments":["DEV"],"config":{"cron":"0 9 * * *","timezone":"Europe/Berlin"}}`)
}

const week = `"since":"2026-03-26T00:00:00Z","until":"2026-04-02T00:00:00Z"`

func TestBackfillIsForeseenAskedForReadAndAborted(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.nightly()
	dry := ws1.ok(http.MethodPost, "/triggers/nightly/backfills", `{`+week+`,"dry_run":true}`)
	if !strings.HasPrefix(dry.body, `{"dry_run":true,"mode":"missing","environments":["DEV"],"since":"2026-03-26T00:00:00.000Z","until":"2026-04-02T00:00:00.000Z","moments":7,"starts":7,"keeps":0,`) ||
		!strings.Contains(dry.body, `{"at":"2026-03-29T07:00:00Z","local":"2026-03-29T09:00:00+02:00","environment":"DEV","recorded":null}`) {
		t.Errorf("foreseen: %s", dry.body)
	}
	ws1.ok(http.MethodGet, "/triggers/nightly/backfills", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	if entries := ws1.audited("action=backfill.create"); len(entries) != 0 {
		t.Errorf("a rehearsal left %+v", entries)
	}

	post := func(body string) *reply {
		return ws1.g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/nightly/backfills", body, bearer(ws1.admin), header("Idempotency-Key", "k"))
	}
	made := post(`{` + week + `,"mode":"all","max_active":2}`).is(http.StatusCreated)
	id := made.field("id").(string)
	if again := post(`{"max_active":2,"mode":"all",` + week + `}`).is(http.StatusCreated); again.field("id") != id || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("asked again: %s", again.body)
	}
	post(`{`+week+`}`).refused(http.StatusUnprocessableEntity, "idempotency_conflict")
	if made.field("moments") != 7.0 || made.field("left") != 7.0 || made.field("status") != "running" || made.field("next_at") != "2026-03-26T08:00:00.000Z" || made.field("created_by") != "key:admin" {
		t.Errorf("made %s", made.body)
	}
	if read := ws1.ok(http.MethodGet, "/triggers/nightly/backfills/"+id, ""); read.body != made.body {
		t.Errorf("read %s\nmade %s", read.body, made.body)
	}
	if listed := ws1.ok(http.MethodGet, "/triggers/nightly/backfills?limit=1", ""); listed.one("id") != id {
		t.Errorf("listed %s", listed.body)
	}
	aborted := ws1.ok(http.MethodPost, "/triggers/nightly/backfills/"+id+"/abort", "")
	if aborted.field("status") != "aborted" || aborted.field("finished_at") == nil || aborted.field("reason") != "somebody aborted it" {
		t.Errorf("aborted %s", aborted.body)
	}
	ws1.call(http.MethodPost, "/triggers/nightly/backfills/"+id+"/abort", "").refused(http.StatusConflict, "already_finished")
	for _, action := range []string{"backfill.create", "backfill.abort"} {
		if entries := ws1.audited("action=" + action); len(entries) != 1 || entries[0].Object != "trigger/nightly/backfill/"+id {
			t.Errorf("%s left %+v", action, entries)
		}
	}
}

func TestBackfillIsRefusedAtItsPlace(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.nightly()
	ws1.made(http.MethodPut, "/triggers/often", `{"kind":"schedule","graph":"echo","environments":["DEV"],"config":{"every":"1m"}}`)
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for body, want := range map[string]string{
		`{}`:                               "since",
		`{"since":"2000-01-01T00:00:00Z"}`: "since",
		`{"since":"2026-03-29T07:00:01Z","until":"2026-03-30T06:59:59Z"}`: "since",
		`{"since":"2026-03-29T07:00:00Z","until":"2026-03-29T07:00:00Z"}`: "until",
		fmt.Sprintf(`{"since":"2026-03-29T07:00:00Z","until":%q}`, soon):  "until",
		`{` + week + `,"mode":"some"}`:                                    "mode",
		`{` + week + `,"max_active":101}`:                                 "max_active",
		`{` + week + `,"max_active":-1}`:                                  "max_active",
		`{` + week + `,"environments":["PROD"]}`:                          "environments[0]",
	} {
		if paths := ws1.call(http.MethodPost, "/triggers/nightly/backfills", body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Contains(paths, want) {
			t.Errorf("%s: wrong at %v, want %s", body, paths, want)
		}
	}
	ws1.call(http.MethodPost, "/triggers/nightly/backfills", `{"dry_run":true}`).refused(http.StatusUnprocessableEntity, "invalid")
	if many := ws1.call(http.MethodPost, "/triggers/often/backfills", `{`+week+`}`); !strings.Contains(many.body, "more than 10000 moments in that range: ask for a shorter one") {
		t.Errorf("too many: %s", many.body)
	}
	ws1.call(http.MethodPost, "/triggers/nightly/backfills", `{`+week+`,"limit":5}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	ws1.call(http.MethodPost, "/triggers/nightly/backfills", `{"since":"yesterday"}`).refused(http.StatusUnprocessableEntity, "invalid")
	ws1.call(http.MethodPost, "/triggers/t_echo/backfills", `{`+week+`}`).refused(http.StatusConflict, "conflict")
	ws1.call(http.MethodPost, "/triggers/nobody/backfills", `{`+week+`}`).refused(http.StatusNotFound, "not_found")
	ws1.call(http.MethodGet, "/triggers/nightly/backfills/nothing", "").refused(http.StatusNotFound, "not_found")
	ws1.call(http.MethodGet, "/triggers/nightly/backfills?mode=all", "").refused(http.StatusUnprocessableEntity, "unknown_field")

	ws1.ok(http.MethodPost, "/triggers/nightly/pause", "")
	ws1.call(http.MethodPost, "/triggers/nightly/backfills", `{`+week+`}`).refused(http.StatusConflict, "trigger_paused")
	ws1.ok(http.MethodPost, "/triggers/nightly/backfills", `{`+week+`,"dry_run":true}`)
	ws1.made(http.MethodPut, "/triggers/everywhere", `{"kind":"schedule","graph":"echo","environments":["DEV","PROD"],"config":{"preset":"daily"}}`)
	ws1.call(http.MethodPost, "/triggers/everywhere/backfills", `{`+week+`}`).refused(http.StatusConflict, "no_build")
}

func TestBackfillReachesAsFarAsItsKey(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/PROD/assignments/echo", `{"build":1}`)
	ws1.made(http.MethodPut, "/triggers/both", `{"kind":"schedule","graph":"echo","environments":["DEV","PROD"],"config":{"preset":"daily"}}`)
	const path = "/api/v1/workspaces/ws1/triggers/both/backfills"
	g.do(http.MethodPost, path, `{`+week+`}`, bearer(ws1.dev)).refused(http.StatusForbidden, "environment_not_allowed")
	own := g.do(http.MethodPost, path, `{`+week+`,"environments":["dev"]}`, bearer(ws1.dev)).is(http.StatusCreated)
	all := ws1.made(http.MethodPost, "/triggers/both/backfills", `{`+week+`}`)
	if own.field("moments") != 7.0 || all.field("moments") != 14.0 {
		t.Errorf("they name %v and %v moments", own.field("moments"), all.field("moments"))
	}
	g.do(http.MethodGet, path+"/"+all.field("id").(string), "", bearer(ws1.dev)).refused(http.StatusNotFound, "not_found")
	g.do(http.MethodPost, path+"/"+all.field("id").(string)+"/abort", "", bearer(ws1.dev)).refused(http.StatusNotFound, "not_found")
	listed := g.do(http.MethodGet, path, "", bearer(ws1.dev)).is(http.StatusOK)
	if strings.Contains(listed.body, all.field("id").(string)) || listed.one("id") != own.field("id") {
		t.Errorf("a key of DEV is shown %s", listed.body)
	}
	invoker := ws1.key("invoker", key.Key{Scopes: key.Presets["invoke"]})
	g.do(http.MethodPost, path, `{`+week+`}`, bearer(invoker)).refused(http.StatusForbidden, "forbidden")
}
