package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// swaps are the bodies with which each route is called; <graph> stands for the
// id of a graph. A route without an entry fails the test: whoever adds a route
// says here how to call it.
var swaps = map[string]string{
	"POST /trigger/:workspace/:trigger/:environment":                 `{}`,
	"POST /trigger/start/:workspace/:trigger/:environment":           `{}`,
	"GET /trigger/status/:workspace/:workflow":                       "",
	"POST /api/v1/ai/trigger/:workspace/:trigger/:environment":       `{}`,
	"POST /api/v1/ai/trigger/start/:workspace/:trigger/:environment": `{}`,
	"GET /api/v1/ai/trigger/status/:workspace/:workflow":             "",
	"POST /trigger/resume/:workspace/:workflow":                      `{"message":"yes"}`,
	"POST /api/v1/ai/trigger/resume/:workspace/:workflow":            `{"message":"yes"}`,

	"POST /governance/human-approvals/:ask/decide": `{"decision":"approved"}`,
	"GET /answer/:ask/:token":                      "",
	"POST /answer/:ask/:token":                     "",
	"POST /api/v1/callbacks/:ask/:token":           `{"done":true}`,

	"POST /api/v1/hooks/:trigger":              `{}`,
	"POST /api/v1/hooks/:trigger/:environment": `{}`,

	"POST /api/v1/workspaces/:workspace/triggers/:trigger/capture":   `{}`,
	"GET /api/v1/workspaces/:workspace/triggers/:trigger/deliveries": "",
	"GET /api/v1/workspaces/:workspace/deliveries":                   "",
	"GET /api/v1/workspaces/:workspace/deliveries/:delivery":         "",
	"POST /api/v1/workspaces/:workspace/deliveries/:delivery/replay": `{}`,
	"POST /api/v1/workspaces/:workspace/deliveries/replay":           `{"trigger":"<trigger>"}`,

	"POST /trigger/jira/start/:workspace/:trigger/:environment":           `{}`,
	"POST /trigger/start/:workspace/:trigger/:environment/jira":           `{}`,
	"POST /trigger/:workspace/:trigger/:environment/jira":                 `{}`,
	"POST /trigger/jira/:workspace/:trigger/:environment":                 `{}`,
	"POST /api/v1/ai/trigger/jira/start/:workspace/:trigger/:environment": `{}`,
	"POST /api/v1/ai/trigger/start/:workspace/:trigger/:environment/jira": `{}`,
	"POST /api/v1/ai/trigger/:workspace/:trigger/:environment/jira":       `{}`,
	"POST /api/v1/ai/trigger/jira/:workspace/:trigger/:environment":       `{}`,

	"POST /api/triggers/:trigger/webhook": `{}`,
	"GET /api/triggers/:trigger/webhook":  "",
	"POST /v1/triggers/:trigger/webhook":  `{}`,
	"GET /v1/triggers/:trigger/webhook":   "",

	"POST /api/v1/trigger_instances/manage/:trigger/webhook":                  `{}`,
	"GET /api/v1/trigger_instances/invocation-logs":                           "",
	"POST /api/v1/trigger_instances/invocation-logs/:delivery/replay-webhook": "",

	"GET /api/v1/openapi.json": "",
	"GET /docs":                "",
	"GET /docs/:asset":         "",

	"GET /api/v1/whoami":                   "",
	"GET /api/v1/trigger-kinds":            "",
	"POST /api/v1/schedules/explain":       `{"cron":"0 9 * * *"}`,
	"POST /api/v1/workspaces":              `{"name":"start"}`,
	"GET /api/v1/scopes":                   "",
	"GET /api/v1/workspaces":               "",
	"DELETE /api/v1/workspaces/:workspace": "",
	"PATCH /api/v1/workspaces/:workspace":  `{"title":"mine"}`,
	"GET /api/v1/workspaces/:workspace":    "",

	"GET /api/v1/workspaces/:workspace/audit": "",

	"POST /api/v1/workspaces/:workspace/keys":             `{"name":"nobody"}`,
	"GET /api/v1/workspaces/:workspace/keys":              "",
	"GET /api/v1/workspaces/:workspace/keys/:key":         "",
	"DELETE /api/v1/workspaces/:workspace/keys/:key":      "",
	"POST /api/v1/workspaces/:workspace/keys/:key/rotate": `{"overlap":"1h"}`,

	"GET /api/v1/workspaces/:workspace/graphs":                       "",
	"GET /api/v1/workspaces/:workspace/graphs/:graph":                "",
	"PUT /api/v1/workspaces/:workspace/graphs/:graph":                echo,
	"DELETE /api/v1/workspaces/:workspace/graphs/:graph":             "",
	"POST /api/v1/workspaces/:workspace/graphs/:graph/validate":      "",
	"POST /api/v1/workspaces/:workspace/graphs/:graph/builds":        "",
	"GET /api/v1/workspaces/:workspace/graphs/:graph/builds":         "",
	"GET /api/v1/workspaces/:workspace/graphs/:graph/builds/:number": "",

	"GET /api/v1/workspaces/:workspace/graphs/:graph/builds/:number/diff": "",

	"GET /api/v1/workspaces/:workspace/environments":                                    "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/assignments":           "",
	"POST /api/v1/workspaces/:workspace/environments/:environment/promote":              `{"from":"DEV","graphs":["<graph>"],"dry_run":true}`,
	"POST /api/v1/workspaces/:workspace/environments/:environment/rollback":             `{"promotion":"<promotion>"}`,
	"GET /api/v1/workspaces/:workspace/environments/:environment/promotions":            "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/promotions/:promotion": "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/variables":             "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/variables/:name":       "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/secrets":               "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/secrets/:name":         "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/models":                "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/models/:name":          "",
	"GET /api/v1/workspaces/:workspace/environments/:environment":                       "",
	"GET /api/v1/workspaces/:workspace/environments/:environment/assignments/:graph":    "",
	"PUT /api/v1/workspaces/:workspace/environments/:environment/assignments/:graph":    `{"build":1}`,
	"PUT /api/v1/workspaces/:workspace/environments/:environment/variables/:name":       `{"value":"mine"}`,
	"DELETE /api/v1/workspaces/:workspace/environments/:environment/variables/:name":    "",
	"PUT /api/v1/workspaces/:workspace/environments/:environment/secrets/:name":         `{"value":"mine"}`,
	"DELETE /api/v1/workspaces/:workspace/environments/:environment/secrets/:name":      "",
	"PUT /api/v1/workspaces/:workspace/environments/:environment/models/:name":          `{"base_url":"https://mine.example/v1"}`,
	"DELETE /api/v1/workspaces/:workspace/environments/:environment/models/:name":       "",

	"GET /api/v1/workspaces/:workspace/triggers":                   "",
	"POST /api/v1/workspaces/:workspace/triggers":                  `{"kind":"api","graph":"<graph>"}`,
	"POST /api/v1/workspaces/:workspace/triggers/pause":            `{"kind":"api"}`,
	"POST /api/v1/workspaces/:workspace/triggers/resume":           `{"kind":"api"}`,
	"GET /api/v1/workspaces/:workspace/triggers/:trigger":          "",
	"PATCH /api/v1/workspaces/:workspace/triggers/:trigger":        `{"title":"mine"}`,
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/archive": "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/restore": "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/test":    `{}`,
	"PUT /api/v1/workspaces/:workspace/triggers/:trigger":          `{"kind":"api","graph":"<graph>"}`,
	"DELETE /api/v1/workspaces/:workspace/triggers/:trigger":       "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/pause":   "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/resume":  "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/run":     `{}`,
	"GET /api/v1/workspaces/:workspace/triggers/:trigger/fires":    "",
	"GET /api/v1/workspaces/:workspace/triggers/:trigger/upcoming": "",

	"GET /api/v1/workspaces/:workspace/triggers/:trigger/secrets":            "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/secrets":           `{}`,
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/secrets/rotate":    `{"overlap":"0s"}`,
	"DELETE /api/v1/workspaces/:workspace/triggers/:trigger/secrets/:secret": "",

	"GET /api/v1/workspaces/:workspace/triggers/:trigger/explain": "",

	"POST /api/v1/workspaces/:workspace/triggers/:trigger/backfills":                 `{"since":"2025-01-01T00:00:00Z","until":"2025-01-02T00:00:00Z"}`,
	"GET /api/v1/workspaces/:workspace/triggers/:trigger/backfills":                  "",
	"GET /api/v1/workspaces/:workspace/triggers/:trigger/backfills/:backfill":        "",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/backfills/:backfill/abort": "",

	"GET /api/v1/workspaces/:workspace/alarms": "",

	"GET /api/v1/workspaces/:workspace/runs":              "",
	"GET /api/v1/workspaces/:workspace/runs/:run":         "",
	"GET /api/v1/workspaces/:workspace/runs/:run/steps":   "",
	"GET /api/v1/workspaces/:workspace/runs/:run/events":  "",
	"POST /api/v1/workspaces/:workspace/runs/:run/cancel": "",
	"POST /api/v1/workspaces/:workspace/runs/:run/replay": `{"build":"current"}`,
	"POST /api/v1/workspaces/:workspace/runs/:run/answer": `{"ask":"<ask>","answer":"yes"}`,

	"GET /api/v1/workspaces/:workspace/asks":                  "",
	"GET /api/v1/workspaces/:workspace/asks/:ask":             "",
	"POST /api/v1/workspaces/:workspace/asks/:ask/links":      `{"for":"eve"}`,
	"GET /api/v1/workspaces/:workspace/runs/:run/steps/:step": "",
}

// blind are the routes that answer well whatever their path names: they do not
// look.
var blind = map[string]bool{"GET /api/triggers/:trigger/webhook": true, "GET /v1/triggers/:trigger/webhook": true}

// belongings are the ids of what a tenant owns.
type belongings struct{ workspace, trigger, graph, key, run, promotion, ask, schedule, backfill, delivery string }

// owned fills a tenant with one of everything.
func (s *side) owned() belongings {
	s.g.t.Helper()
	b := belongings{workspace: s.ws.ID.String()}
	b.trigger = s.ok(http.MethodGet, "/triggers/t_echo", "").field("id").(string)
	b.graph = s.ok(http.MethodGet, "/graphs/echo", "").field("id").(string)
	b.key = s.ok(http.MethodGet, "/keys/plain", "").field("id").(string)
	s.ok(http.MethodPut, "/environments/DEV/variables/theirs", `{"value":"v"}`)
	s.ok(http.MethodPut, "/environments/DEV/secrets/theirs", `{"value":"a secret"}`)
	s.ok(http.MethodPut, "/environments/DEV/models/theirs", `{"base_url":"https://theirs.example/v1"}`)
	b.promotion = s.ok(http.MethodGet, "/environments/DEV/promotions?limit=1", "").one("id").(string)
	asking := s.asks(run.Ask{Reason: run.ForInput, Question: json.RawMessage(`{"text":"Go on?"}`)})
	b.delivery = s.delivered()
	b.run, b.ask = asking.run.String(), asking.id.String()
	s.call(http.MethodPut, "/triggers/daily", `{"kind":"schedule","graph":"echo","environments":["DEV"],"config":{"preset":"daily"}}`)
	b.schedule = s.ok(http.MethodGet, "/triggers/daily", "").field("id").(string)
	b.backfill = s.made(http.MethodPost, "/triggers/daily/backfills", `{"since":"2025-01-01T00:00:00Z","until":"2025-01-02T00:00:00Z"}`).field("id").(string)
	return b
}

// random are ids of nothing.
func random() belongings {
	return belongings{uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()}
}

func (b belongings) in(text string) string {
	return strings.NewReplacer(
		":trigger/backfills", b.schedule+"/backfills", ":backfill", b.backfill,
		":workspace", b.workspace, ":environment", "DEV", ":trigger", b.trigger, "<trigger>", b.trigger, ":delivery", b.delivery, ":graph", b.graph, "<graph>", b.graph,
		":number", "1", ":step", "1", ":key", b.key, ":name", "mine", ":run", b.run, ":workflow", b.run,
		":promotion", b.promotion, "<promotion>", b.promotion, ":ask", b.ask, "<ask>", b.ask, ":token", "forged",
	).Replace(text)
}

// without replaces the ids by words, so that answers that repeat an id compare.
func (b belongings) without(text string) string {
	return strings.NewReplacer(b.workspace, "WORKSPACE", b.trigger, "TRIGGER", b.graph, "GRAPH", b.key, "KEY", b.run, "RUN", b.promotion, "PROMOTION", b.ask, "ASK", b.schedule, "SCHEDULE", b.backfill, "BACKFILL", b.delivery, "DELIVERY").Replace(text)
}

// moving are the fields that change by themselves.
var moving = regexp.MustCompile(`"(last_used_at|queued_ms|run_ms|poll_after_ms)":("[^"]*"|\w+)`)

// everything is all that the tenant can be seen to own.
func (s *side) everything() string {
	s.g.t.Helper()
	var all strings.Builder
	for _, path := range []string{"", "/keys", "/graphs", "/graphs/echo/builds", "/environments/DEV", "/environments/DEV/assignments/echo", "/environments/DEV/promotions", "/triggers", "/runs", "/asks", "/deliveries"} {
		all.WriteString(moving.ReplaceAllString(s.ok(http.MethodGet, path, "").body, ""))
	}
	if backfills := s.call(http.MethodGet, "/triggers/daily/backfills", ""); backfills.status == http.StatusOK {
		all.WriteString(backfills.body)
	}
	return all.String()
}

func TestEveryRouteTakesForeignIdsForNothing(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	mine, theirs, nobody := ws1.owned(), ws2.owned(), random()
	before := ws2.everything()
	same := header("X-Request-Id", "same")
	ask := func(method, path, body string, ids belongings) *reply {
		got := g.do(method, ids.in(path), ids.in(body), bearer(ws1.admin), same)
		got.body = ids.without(got.body)
		return got
	}
	for _, r := range routes(g) {
		name := r.Method + " " + r.Path
		body, known := swaps[name]
		if !known {
			t.Errorf("%s has no entry in swaps", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			// Their ids within our workspace, then their workspace.
			for _, workspace := range []string{mine.workspace, ""} {
				a, b := theirs, nobody
				if workspace != "" {
					a.workspace, b.workspace = workspace, workspace
				}
				if a.in(r.Path) == b.in(r.Path) && a.in(body) == b.in(body) {
					continue // names nothing that could be theirs
				}
				foreign, missing := ask(r.Method, r.Path, body, a), ask(r.Method, r.Path, body, b)
				if blind[name] != (foreign.status == http.StatusOK) || !blind[name] && foreign.status < 400 || foreign.status >= 500 {
					t.Errorf("their ids are answered %d %s", foreign.status, foreign.body)
				}
				if foreign.status != missing.status || foreign.body != missing.body {
					t.Errorf("theirs is told from nothing:\n%d %s\n%d %s", foreign.status, foreign.body, missing.status, missing.body)
				}
			}
		})
	}
	if after := ws2.everything(); after != before {
		t.Errorf("the other tenant changed:\n%s\n%s", before, after)
	}
}

func TestIdsInBodiesAndQueriesFindNothingForeign(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	ws1.owned()
	theirs, nobody := ws2.owned(), random()
	for _, path := range []string{"/runs?trigger=:trigger", "/runs?graph=:graph", "/triggers?graph=:graph"} {
		ws1.call(http.MethodGet, theirs.in(path), "").says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	}
	const body = `{"kind":"api","graph":"<graph>"}`
	foreign := g.do(http.MethodPut, "/api/v1/workspaces/ws1/triggers/new", theirs.in(body), bearer(ws1.admin), header("X-Request-Id", "same"))
	missing := g.do(http.MethodPut, "/api/v1/workspaces/ws1/triggers/new", nobody.in(body), bearer(ws1.admin), header("X-Request-Id", "same"))
	if foreign.is(http.StatusUnprocessableEntity); theirs.without(foreign.body) != nobody.without(missing.body) {
		t.Errorf("theirs is told from nothing:\n%s\n%s", foreign.body, missing.body)
	}
}

func TestListsAndCursorsStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	ws1.owned()
	theirs := ws2.owned()
	for _, path := range []string{"/keys", "/graphs", "/graphs/echo/builds", "/triggers", "/runs"} {
		body := ws1.ok(http.MethodGet, path, "").body
		for _, id := range []string{theirs.trigger, theirs.graph, theirs.key, theirs.run} {
			if strings.Contains(body, id) {
				t.Errorf("%s shows %s", path, id)
			}
		}
	}
	for range 2 {
		ws2.call(http.MethodPost, "/triggers/t_echo/run", "{}").is(http.StatusAccepted)
	}
	cursor := ws2.ok(http.MethodGet, "/runs?limit=1", "").field("next_cursor").(string)
	ws2.ok(http.MethodGet, "/runs?limit=1&cursor="+cursor, "")
	for name, text := range map[string]string{"theirs": cursor, "altered": "A" + cursor[1:], "invented": "x"} {
		got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs?cursor="+text, "", bearer(ws1.admin))
		if got.status != http.StatusBadRequest || got.field("code") != "bad_cursor" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	got := g.do(http.MethodGet, "/api/v1/workspaces/ws2/triggers?cursor="+cursor, "", bearer(ws2.admin))
	if got.status != http.StatusBadRequest {
		t.Errorf("a cursor of another list: %d %s", got.status, got.body)
	}
}

func TestPagesShowEveryRunOnceNewestFirst(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	var want []string
	for i := range 7 {
		got := ws1.call(http.MethodPost, "/triggers/t_echo/run", fmt.Sprintf(`{"message":"%d"}`, i)).is(http.StatusAccepted)
		want = append([]string{got.field("id").(string)}, want...)
	}
	var seen []string
	for path := "/runs?limit=3"; path != ""; {
		var page struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			NextCursor *string `json:"next_cursor"`
		}
		ws1.ok(http.MethodGet, path, "").into(&page)
		for _, r := range page.Items {
			seen = append(seen, r.ID)
		}
		path = ""
		if page.NextCursor != nil {
			path = "/runs?limit=3&cursor=" + *page.NextCursor
		}
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", seen, want)
	}
}
