package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// wheel starts every moment that has come, in DEV, and skips those of UAT.
type wheel struct{ graph uuid.UUID }

func (wheel) Wants(trigger.Trigger) store.Wants { return store.Wants{} }

func (w wheel) Rule(s store.Scheduled) store.Ruling {
	p := s.Position
	started := trigger.Fire{Trigger: s.Trigger.ID, Environment: "DEV", At: *p.Nominal, Until: *p.Nominal, Count: 1, Disposition: trigger.Started, DecidedAt: s.Now, Run: uuid.Must(uuid.NewV7())}
	skipped := started
	skipped.Environment, skipped.Disposition, skipped.Reason, skipped.Run = "UAT", trigger.SkippedNoBuild, "none", uuid.Nil
	next := p.Nominal.Add(time.Second)
	p.Nominal, p.Look = &next, &next
	return store.Ruling{Position: p, Fires: []store.Ruled{{Fire: skipped}, {Fire: started, Start: &run.Start{
		Run: run.Run{
			ID: started.Run, Workspace: s.Trigger.Workspace, TriggerID: s.Trigger.ID, GraphID: w.graph, Graph: "echo", Build: 1,
			Environment: "DEV", Class: run.Background, ThreadID: uuid.Must(uuid.NewV7()), Cause: run.Cause{Kind: "schedule", ScheduledFor: &started.At},
		},
		Limit: time.Hour,
	}}}}
}

func TestScheduleTellsWhatBecameOfItsMoments(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	made := ws1.made(http.MethodPut, "/triggers/tick", `{"kind":"schedule","graph":"echo","environments":["DEV","UAT"],"config":{"every":"1s"},"policies":{"overlap":"skip"}}`)
	if at, _ := made.field("next_fire_at").(string); at == "" {
		t.Errorf("a schedule does not say when it fires: %s", made.body)
	}
	stored, err := ws1.store.Trigger(t.Context(), "tick")
	must(t, err)
	would := ws1.ok(http.MethodGet, "/triggers/tick/explain?environment=UAT", "")
	if !strings.Contains(would.body, `"would_now":{"disposition":"skipped_no_build","reason":"no build of graph echo is assigned to UAT"}`) {
		t.Errorf("without a build: %s", would.body)
	}
	var fired store.Fired
	g.eventually(func() bool {
		fired, err = g.store.Fleet().Fire(t.Context(), 10, wheel{stored.GraphID})
		must(t, err)
		return len(fired.Fires) > 0
	})
	id := fired.Accepted[0].Run.String()

	all := ws1.ok(http.MethodGet, "/triggers/tick/fires?environment=DEV", "")
	if all.one("run_id") != id || all.one("disposition") != "started" || all.one("environment") != "DEV" || all.one("count") != 1.0 {
		t.Errorf("the fires are %s", all.body)
	}
	at := all.one("nominal_at").(string)
	if skipped := ws1.ok(http.MethodGet, "/triggers/tick/fires?disposition=skipped_no_build", ""); skipped.one("run_id") != nil || skipped.one("reason") != "none" {
		t.Errorf("what was skipped is %s", skipped.body)
	}
	dev := g.do(http.MethodGet, "/api/v1/workspaces/ws1/triggers/tick/fires", "", bearer(ws1.dev)).is(http.StatusOK)
	if strings.Contains(dev.body, "UAT") {
		t.Errorf("a key of DEV is shown %s", dev.body)
	}
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/triggers/tick/fires?environment=UAT", "", bearer(ws1.dev)).is(http.StatusForbidden)

	why := ws1.ok(http.MethodGet, "/triggers/tick/explain?environment=DEV&at="+at, "")
	for _, part := range []string{`"expected":true`, `"run_id":"` + id + `"`, `"would_now":{"disposition":"skipped_overlap","reason":"run ` + id + ` has not ended"}`, `"actor":"key:admin","what":"trigger.put: `} {
		if !strings.Contains(why.body, part) {
			t.Errorf("%s is missing in %s", part, why.body)
		}
	}
	if other := ws1.ok(http.MethodGet, "/triggers/tick/explain?at=2020-01-01T00:00:00Z", ""); other.field("fire") != nil {
		t.Errorf("a moment before is explained %s", other.body)
	}
	if other := ws1.ok(http.MethodGet, "/triggers/t_echo/explain", ""); other.field("expected") != false || !strings.Contains(other.body, `"disposition":"started"`) {
		t.Errorf("what is called is explained %s", other.body)
	}
	if theirs := ws2.call(http.MethodGet, "/triggers/"+stored.ID.String()+"/fires", ""); theirs.status != http.StatusNotFound {
		t.Errorf("another workspace is told %s", theirs.body)
	}

	ahead := ws1.ok(http.MethodGet, "/triggers/tick/upcoming?from=2030-01-01T00:00:00Z&count=2", "")
	ahead.says(http.StatusOK, `{"items":[{"at":"2030-01-01T00:00:01Z","local":"2030-01-01T00:00:01Z"},{"at":"2030-01-01T00:00:02Z","local":"2030-01-01T00:00:02Z"}],"next_cursor":null}`)
	ws1.ok(http.MethodPost, "/triggers/tick/pause", `{"reason":"lunch"}`)
	if paused := ws1.ok(http.MethodGet, "/triggers/tick", ""); paused.field("next_fire_at") != nil {
		t.Errorf("paused, it fires next at %v", paused.field("next_fire_at"))
	}
	ws1.ok(http.MethodGet, "/triggers/tick/upcoming", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	if why := ws1.ok(http.MethodGet, "/triggers/tick/explain", ""); !strings.Contains(why.body, `"would_now":{"disposition":"skipped_paused","reason":"the trigger is paused: lunch"}`) {
		t.Errorf("paused, it is explained %s", why.body)
	}
	for _, query := range []string{"fires?disposition=lost", "fires?since=yesterday", "fires?limit=0", "upcoming?count=101", "upcoming?count=x", "explain?at=noon"} {
		ws1.call(http.MethodGet, "/triggers/tick/"+query, "").refused(http.StatusUnprocessableEntity, "invalid")
	}
	for _, query := range []string{"fires?when=now", "upcoming?limit=5", "explain?when=now"} {
		ws1.call(http.MethodGet, "/triggers/tick/"+query, "").refused(http.StatusUnprocessableEntity, "unknown_field")
	}
}

func TestScheduleWarnsOfItsClocks(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	got := ws1.made(http.MethodPut, "/triggers/hourly", `{"kind":"schedule","graph":"echo","config":{"cron":"0 0-23 * * *","timezone":"Europe/Berlin"}}`)
	if !strings.Contains(got.body, `"code":"clocks_change"`) {
		t.Errorf("its maker is not warned: %s", got.body)
	}
}
