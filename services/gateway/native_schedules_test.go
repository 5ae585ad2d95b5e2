package gateway

import (
	"net/http"
	"testing"
)

func TestScheduleIsExplainedBeforeItIsKept(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ask := func(body string) *reply {
		return g.do(http.MethodPost, "/api/v1/schedules/explain", body, bearer(ws1.plain))
	}
	got := ask(`{"cron": "0 9 * * MON-FRI", "timezone": "Europe/Berlin", "from": "2026-03-27T12:00:00Z", "count": 2}`)
	got.says(http.StatusOK, `{"normalized":"0 9 * * 1-5","description":"Weekdays at 9:00 AM CEST","next":[{"at":"2026-03-30T07:00:00Z","local":"2026-03-30T09:00:00+02:00"},{"at":"2026-03-31T07:00:00Z","local":"2026-03-31T09:00:00+02:00"}],"warnings":[]}`)
	got = ask(`{"cron": ["30 2 * * *"], "timezone": "Europe/Berlin", "from": "2026-03-28T12:00:00Z", "count": 1}`)
	got.says(http.StatusOK, `{"normalized":"30 2 * * *","description":"Daily at 2:30 AM CEST","next":[{"at":"2026-03-29T01:00:00Z","local":"2026-03-29T03:00:00+02:00","note":"clocks went forward 1 h"}],"warnings":[]}`)
	for body, path := range map[string]string{
		`{"cron": "61 * * * *"}`:                                    "cron",
		`{"cron": ["0 9 * * *", "0 0 30 2 *"]}`:                     "cron[1]",
		`{"cron": 9}`:                                               "cron",
		`{"cron": "0 9 * * *", "timezone": "Mars/Olympus"}`:         "timezone",
		`{"cron": "0 9 * * *", "exclude": {"dates": ["tomorrow"]}}`: "exclude.dates[0]",
		`{"cron": "0 9 * * *", "count": 101}`:                       "count",
		`{"cron": "0 9 * * *", "frequency": "daily"}`:               "frequency",
		`{}`: "cron",
	} {
		code := "invalid"
		if path == "frequency" {
			code = "unknown_field"
		}
		if paths := ask(body).refused(http.StatusUnprocessableEntity, code); len(paths) != 1 || paths[0] != path {
			t.Errorf("%s: the paths %v are wrong, want %s", body, paths, path)
		}
	}
	g.do(http.MethodPost, "/api/v1/schedules/explain", `{}`).is(http.StatusUnauthorized)
}
