package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// refusal is what is wrong with a document, and where.
type refusal struct{ Path, Code, Message string }

// wrong are the places of a refusal.
func (r *reply) wrong(status int) (all []refusal) {
	r.t.Helper()
	r.is(status)
	var p struct{ Errors []refusal }
	r.into(&p)
	return p.Errors
}

// A schedule that cannot be kept is refused with one text, at the place in the
// words that were sent: ours, those of Phinite's form, and those of the question
// what it means.
func TestBadScheduleIsRefusedInEveryWording(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for name, c := range map[string]struct{ cron, zone, code, says string }{
		"B59 empty":         {"", "UTC", "invalid_cron", "Invalid cron expression: it has 0 fields, and needs 5: minute, hour, day, month and weekday"},
		"B59 four":          {"* * * *", "UTC", "invalid_cron", "Invalid cron expression: it has 4 fields, and needs 5: minute, hour, day, month and weekday"},
		"B59 eight":         {"* * * * * * * *", "UTC", "invalid_cron", "Invalid cron expression: it has 8 fields"},
		"B59 minute":        {"61 * * * *", "UTC", "invalid_cron", "Invalid cron expression: the minute"},
		"B59 hour":          {"* 25 * * *", "UTC", "invalid_cron", "Invalid cron expression: the hour"},
		"B59 day":           {"* * 32 * *", "UTC", "invalid_cron", "Invalid cron expression: the day of the month"},
		"B59 month":         {"* * * 13 *", "UTC", "invalid_cron", "Invalid cron expression: the month"},
		"B59 weekday":       {"* * * * 8", "UTC", "invalid_cron", "Invalid cron expression: the day of the week"},
		"B60 February":      {"0 0 30 2 *", "UTC", "never_fires", "Invalid cron expression: it never fires"},
		"B60 short months":  {"0 0 31 4,6,9,11 *", "UTC", "never_fires", "Invalid cron expression: it never fires"},
		"B60 past":          {"0 0 1 1 * 2020", "UTC", "never_fires", "Invalid cron expression: it never fires"},
		"B61 101 bytes":     {strings.Repeat("0", 91) + " * * * * *", "UTC", "invalid_cron", "Invalid cron expression: it has more than 100 characters"},
		"B61 60 KB":         {strings.Repeat("0,", 30_000) + "0 * * * *", "UTC", "invalid_cron", "Invalid cron expression: it has more than 100 characters"},
		"B63 newline":       {"0 9 *\n* *", "UTC", "invalid_cron", "Invalid cron expression: its fields are separated by spaces, not by lines"},
		"B63 no-break":      {"0 9\u00a0* * *", "UTC", "invalid_cron", "Invalid cron expression: it has 4 fields"},
		"B63 full width":    {"０ 9 * * *", "UTC", "invalid_cron", "Invalid cron expression: the minute"},
		"B63 zone inside":   {"TZ=UTC 0 9 * * *", "UTC", "invalid_cron", "Invalid cron expression: the second"},
		"B63 every":         {"@every 5m", "UTC", "invalid_cron", "Invalid cron expression: it has 2 fields"},
		"B63 reboot":        {"@reboot", "UTC", "invalid_cron", `Invalid cron expression: there is no tag "@reboot"`},
		"B64 local":         {"0 9 * * *", "Local", "unknown_timezone", `there is no time zone "Local": use a name like Europe/Berlin`},
		"B64 abbreviation":  {"0 9 * * *", "EST5", "unknown_timezone", `there is no time zone "EST5"`},
		"B64 path":          {"0 9 * * *", "../../etc/passwd", "unknown_timezone", `there is no time zone "../../etc/passwd"`},
		"B64 Mars":          {"0 9 * * *", "Mars/Base", "unknown_timezone", `there is no time zone "Mars/Base"`},
		"B64 300 character": {"0 9 * * *", strings.Repeat("A", 300), "unknown_timezone", `there is no time zone "` + strings.Repeat("A", 64) + `": use`},
	} {
		cron, _ := json.Marshal(c.cron)
		zone, _ := json.Marshal(c.zone)
		field := map[bool]string{true: "timezone", false: "cron"}[c.code == "unknown_timezone"]
		for _, w := range []struct{ path, body, at string }{
			{"/triggers", `{"kind":"schedule","graph":"echo","config":{"cron":` + string(cron) + `,"timezone":` + string(zone) + `}}`, "config." + field},
			{"/triggers", `{"workflow_type":"cron","graph_id":"echo","cron_expression":` + string(cron) + `,"timezone":` + string(zone) + `}`,
				map[string]string{"cron": "cron_expression", "timezone": "timezone"}[field]},
			{"", `{"cron":` + string(cron) + `,"timezone":` + string(zone) + `}`, field},
		} {
			path := "/api/v1/workspaces/ws1" + w.path
			if w.path == "" {
				path = "/api/v1/schedules/explain"
			}
			got := ws1.g.do(http.MethodPost, path, w.body, bearer(ws1.admin))
			if all := got.wrong(http.StatusUnprocessableEntity); len(all) != 1 || all[0].Path != w.at || all[0].Code != c.code || !strings.HasPrefix(all[0].Message, c.says) {
				t.Errorf("%s: wrong is %.300v, want %s %s: %s", name, all, c.code, w.at, c.says)
			}
			if len(got.body) > 4096 {
				t.Errorf("%s: the answer has %d bytes", name, len(got.body))
			}
		}
	}
}

// What else a schedule may not be, and how it may not be changed.
func TestBadScheduleIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/triggers/kept", `{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *"}}`)
	ws1.ok(http.MethodPatch, "", `{"limits":{"min_interval":"1m"}}`)
	for body, want := range map[string]refusal{
		`{"kind":"schedule","graph":"echo","config":{"cron":"* * * * * *"}}`:                                                                      {"config", "too_frequent", "Schedules that run more frequently than every 1m0s are not allowed in this workspace"},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0,1 0 0 * * *"}}`:                                                                    {"config", "too_frequent", "Schedules that run more frequently than"},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","start_time":"2030-01-02T00:00:00Z","end_time":"2030-01-01T00:00:00Z"}}`:  {"config.end_time", "invalid", "end_time is not after start_time"},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","end_time":"2020-01-01T00:00:00Z"}}`:                                      {"config.end_time", "invalid", "end_time is over"},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 29 2 *","start_time":"2029-01-01T00:00:00Z","end_time":"2029-12-31T00:00:00Z"}}`: {"config.cron", "never_fires", "the schedule never fires"},
		`{"kind":"schedule","graph":"echo","config":"x"}`:                                                                                         {"config", "", ""},
		`{"kind":"schedule","graph":"echo","config":{"cron":5}}`:                                                                                  {"config.cron", "", ""},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","start_time":"tomorrow"}}`:                                                {"config.start_time", "", ""},
		`{"kind":"schedule","graph":"echo","name":"` + strings.Repeat("n", 256) + `","config":{"cron":"0 9 * * *"}}`:                              {"name", "", ""},
		`{"kind":"schedule","graph":"echo","status":"on","config":{"cron":"0 9 * * *"}}`:                                                          {"status", "", ""},
		`{"workflow_type":"cron","graph_id":"echo","start_time":"tomorrow","cron_expression":"0 9 * * *"}`:                                        {"start_time", "", ""},
		`{"workflow_type":"cron","graph_id":"echo"}`:                                                                                              {"cron_expression", "invalid", "a schedule needs cron, every, run_at or preset"},
		`{"kind":"schedule","graph":"echo","config":{"every":"500ms"}}`:                                                                           {"config.every", "invalid", "every is whole seconds from 1s"},
		`{"kind":"schedule","graph":"echo","config":{"cron":"0 9 * * *","exclude":{"dates":["2026-13-01"]}}}`:                                     {"config.exclude.dates[0]", "invalid", "a date is written like 2026-12-25"},
	} {
		all := ws1.call(http.MethodPost, "/triggers", body).wrong(http.StatusUnprocessableEntity)
		if len(all) != 1 || all[0].Path != want.Path || want.Code != "" && all[0].Code != want.Code || !strings.HasPrefix(all[0].Message, want.Message) {
			t.Errorf("%s: wrong is %+v, want %+v", body, all, want)
		}
	}
	ws1.ok(http.MethodPatch, "/triggers/kept", `{"config":{"timezone":""}}`) // that is UTC
	sent := ws1.ok(http.MethodGet, "/triggers/kept", "")
	ws1.ok(http.MethodPut, "/triggers/kept", sent.body) // what is shown may be sent back
	stale := g.do(http.MethodPut, "/api/v1/workspaces/ws1/triggers/kept", `{"kind":"schedule","graph":"echo","config":{"cron":"0 8 * * *"}}`, bearer(ws1.admin), header("If-Match", `"1"`))
	stale.refused(http.StatusPreconditionFailed, "revision_mismatch")
	if got := ws1.ok(http.MethodGet, "/triggers/kept", ""); !strings.Contains(got.body, `"cron":"0 9 * * *"`) {
		t.Errorf("what was refused has changed it: %s", got.body)
	}
}

// Phinite's rows P05, P07 and P08: presets, zones, and expressions as Quartz
// writes them.
func TestSchedulesFireWhenTheirWordsSay(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for name, c := range map[string]struct {
		form string
		want [2]string // after Wednesday 2030-01-02 at 03:30 in UTC
	}{
		"P05Hourly":      {`"cron_expression":"@hourly"`, [2]string{"2030-01-02T04:00:00Z", "2030-01-02T05:00:00Z"}},
		"P05Daily":       {`"cron_expression":"@daily"`, [2]string{"2030-01-03T00:00:00Z", "2030-01-04T00:00:00Z"}},
		"P05Weekly":      {`"cron_expression":"@weekly"`, [2]string{"2030-01-06T00:00:00Z", "2030-01-13T00:00:00Z"}},
		"P05Custom":      {`"cron_expression":"15 6 1,15 * *"`, [2]string{"2030-01-15T06:15:00Z", "2030-02-01T06:15:00Z"}},
		"P06StartTime":   {`"cron_expression":"0 * * * *","start_time":"2030-03-01T00:00:00Z"`, [2]string{"2030-03-01T00:00:00Z", "2030-03-01T01:00:00Z"}},
		"P07Berlin":      {`"cron_expression":"0 9 * * *","timezone":"Europe/Berlin"`, [2]string{"2030-01-02T08:00:00Z", "2030-01-03T08:00:00Z"}},
		"P07Kolkata":     {`"cron_expression":"0 9 * * *","timezone":"Asia/Kolkata"`, [2]string{"2030-01-03T03:30:00Z", "2030-01-04T03:30:00Z"}},
		"P08Quartz":      {`"cron_expression":"0 0 12 ? * MON,THU *"`, [2]string{"2030-01-03T12:00:00Z", "2030-01-07T12:00:00Z"}},
		"P08Seconds":     {`"cron_expression":"30 0 9 * * *"`, [2]string{"2030-01-02T09:00:30Z", "2030-01-03T09:00:30Z"}},
		"P08Year":        {`"cron_expression":"0 0 9 1 JAN ? 2031-2032"`, [2]string{"2031-01-01T09:00:00Z", "2032-01-01T09:00:00Z"}},
		"P08LastWeekday": {`"cron_expression":"0 0 9 ? * 5L"`, [2]string{"2030-01-25T09:00:00Z", "2030-02-22T09:00:00Z"}},
	} {
		made := ws1.made(http.MethodPost, "/triggers", `{"name":"`+name+`","workflow_type":"cron","graph_id":"echo","environments":{"DEV":{"build_id":null}},`+c.form+`}`)
		var next struct{ Items []struct{ At string } }
		ws1.ok(http.MethodGet, "/triggers/"+made.field("id").(string)+"/upcoming?from=2030-01-02T03:30:00Z&count=2", "").into(&next)
		if len(next.Items) != 2 || next.Items[0].At != c.want[0] || next.Items[1].At != c.want[1] {
			t.Errorf("%s fires at %+v, want %v", name, next.Items, c.want)
		}
	}
	for preset, want := range map[string]string{"hourly": "04:00", "daily": "00:00", "weekly": "00:00", "monthly": "00:00"} {
		made := ws1.made(http.MethodPut, "/triggers/p-"+preset, `{"kind":"schedule","graph":"echo","config":{"preset":"`+preset+`"}}`)
		if next := ws1.ok(http.MethodGet, "/triggers/"+made.field("id").(string)+"/upcoming?from=2030-01-02T03:30:00Z&count=1", ""); !strings.Contains(next.one("at").(string), "T"+want) {
			t.Errorf("%s fires at %v", preset, next.one("at"))
		}
	}
}
