package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// ending stops every schedule that it meets: those of one name pause their
// trigger, all others are broken.
type ending struct{ pauses string }

func (ending) Wants(trigger.Trigger) store.Wants { return store.Wants{} }

func (e ending) Rule(s store.Scheduled) store.Ruling {
	p := store.Position{Since: s.Position.Since}
	if s.Trigger.Name == e.pauses {
		return store.Ruling{Position: p, Pause: "paused by itself: the last 3 runs have failed"}
	}
	p.Broken, p.BrokenSince = "it cannot be computed", &s.Now
	return store.Ruling{Position: p}
}

func TestAlarmsTellWhatIsWrongNow(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	ws1.ok(http.MethodGet, "/alarms", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	for _, name := range []string{"failing", "rotten", "sound"} {
		ws1.made(http.MethodPut, "/triggers/"+name, `{"kind":"schedule","graph":"echo","environments":["DEV"],"config":{"every":"1s"},"policies":{"expect":{"success_every":"26h"}}}`)
	}
	sound, err := ws1.store.Trigger(t.Context(), "sound")
	must(t, err)
	ws1.ok(http.MethodPost, "/triggers/sound/pause", "")
	stopped := 0
	g.eventually(func() bool {
		fired, err := g.store.Fleet().Fire(t.Context(), 10, ending{"failing"})
		must(t, err)
		stopped += fired.Schedules
		return stopped == 2
	})
	must(t, failure(g.store.Fleet().Audited(t.Context(), []store.Audited{{
		Account: store.Account{Trigger: sound, After: sound.CreatedAt.AddDate(0, 0, 1)}, To: sound.CreatedAt.AddDate(0, 0, 2),
		Missing: []trigger.Fire{{At: sound.CreatedAt, Environment: "DEV"}},
	}})))

	all := ws1.ok(http.MethodGet, "/alarms", "")
	for _, part := range []string{
		`"kind":"trigger_auto_paused"`, `"reason":"paused by itself: the last 3 runs have failed"`, `"kind":"schedule_broken"`, `"reason":"it cannot be computed"`,
		`"kind":"moments_unaccounted"`, `"environment":"DEV"`, `"trigger":"sound"`, `"last_run":null`,
	} {
		if !strings.Contains(all.body, part) {
			t.Errorf("%s is missing in %s", part, all.body)
		}
	}
	if n := strings.Count(all.body, `"since"`); n != 3 {
		t.Errorf("there are %d alarms: %s", n, all.body)
	}
	if one := ws1.ok(http.MethodGet, "/alarms?kind=schedule_broken", ""); one.one("trigger") != "rotten" || one.one("environment") != nil {
		t.Errorf("broken is %s", one.body)
	}
	if one := ws1.ok(http.MethodGet, "/alarms?trigger=failing&environment=uat", ""); one.one("kind") != "trigger_auto_paused" {
		t.Errorf("of one trigger there is %s", one.body)
	}
	ws1.ok(http.MethodGet, "/alarms?trigger=sound&environment=UAT", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	ws2.ok(http.MethodGet, "/alarms", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)

	if shown := ws1.ok(http.MethodGet, "/triggers/rotten", ""); !strings.Contains(shown.body, `{"code":"schedule_broken","message":"it cannot be computed"}`) {
		t.Errorf("the trigger is shown %s", shown.body)
	}
	if why := ws1.ok(http.MethodGet, "/triggers/rotten/explain", ""); !strings.Contains(why.body, `"would_now":{"disposition":"skipped_error","reason":"the schedule is broken: it cannot be computed"}`) {
		t.Errorf("it is explained %s", why.body)
	}

	ws1.ok(http.MethodPost, "/triggers/failing/resume", "")
	ws1.ok(http.MethodPatch, "/triggers/rotten", `{"config":{"every":"2s"}}`)
	ws1.call(http.MethodDelete, "/triggers/sound", "").is(http.StatusNoContent)
	ws1.ok(http.MethodGet, "/alarms", "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
}

func TestAlarmsRefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for query, code := range map[string]string{"kind=loud": "invalid", "when=now": "unknown_field", "limit=0": "invalid"} {
		ws1.call(http.MethodGet, "/alarms?"+query, "").refused(http.StatusUnprocessableEntity, code)
	}
	ws1.call(http.MethodGet, "/alarms?environment=moon", "").refused(http.StatusNotFound, "not_found")
	ws1.call(http.MethodGet, "/alarms?trigger=nobody", "").refused(http.StatusNotFound, "not_found")
	ws1.call(http.MethodGet, "/alarms?cursor=x", "").refused(http.StatusBadRequest, "bad_cursor")
	ws1.call(http.MethodPut, "/triggers/pulse", `{"kind":"api","graph":"echo","policies":{"expect":{"success_every":"5s"}}}`).refused(http.StatusUnprocessableEntity, "invalid")
}
