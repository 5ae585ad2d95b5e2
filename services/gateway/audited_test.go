package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// unaudited are the routes that are no GET and yet leave nothing in the audit
// log, each with its reason.
var unaudited = map[string]string{
	"POST /trigger/:workspace/:trigger/:environment":                      "a start is a run, which says what caused it",
	"POST /trigger/start/:workspace/:trigger/:environment":                "a start is a run, which says what caused it",
	"POST /api/v1/ai/trigger/:workspace/:trigger/:environment":            "a start is a run, which says what caused it",
	"POST /api/v1/ai/trigger/start/:workspace/:trigger/:environment":      "a start is a run, which says what caused it",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/run":            "a start is a run, which says what caused it",
	"POST /api/v1/schedules/explain":                                      "changes nothing",
	"POST /api/v1/workspaces/:workspace/graphs/:graph/validate":           "changes nothing",
	"POST /api/v1/workspaces/:workspace/triggers/:trigger/test":           "changes nothing",
	"POST /answer/:ask/:token":                                            "no key is there to be named: the page writes the entry in the name of the link",
	"POST /api/v1/hooks/:trigger":                                         "a webhook is a delivery, which says what became of it",
	"POST /api/v1/hooks/:trigger/:environment":                            "a webhook is a delivery, which says what became of it",
	"POST /api/v1/callbacks/:ask/:token":                                  "another system's answer stands in the journal of its run",
	"POST /trigger/jira/start/:workspace/:trigger/:environment":           "a webhook is a delivery, which says what became of it",
	"POST /trigger/start/:workspace/:trigger/:environment/jira":           "a webhook is a delivery, which says what became of it",
	"POST /trigger/:workspace/:trigger/:environment/jira":                 "a webhook is a delivery, which says what became of it",
	"POST /trigger/jira/:workspace/:trigger/:environment":                 "a webhook is a delivery, which says what became of it",
	"POST /api/v1/ai/trigger/jira/start/:workspace/:trigger/:environment": "a webhook is a delivery, which says what became of it",
	"POST /api/v1/ai/trigger/start/:workspace/:trigger/:environment/jira": "a webhook is a delivery, which says what became of it",
	"POST /api/v1/ai/trigger/:workspace/:trigger/:environment/jira":       "a webhook is a delivery, which says what became of it",
	"POST /api/v1/ai/trigger/jira/:workspace/:trigger/:environment":       "a webhook is a delivery, which says what became of it",
	"POST /api/triggers/:trigger/webhook":                                 "a webhook is a delivery, which says what became of it",
	"POST /v1/triggers/:trigger/webhook":                                  "a webhook is a delivery, which says what became of it",
	"POST /api/v1/trigger_instances/manage/:trigger/webhook":              "a webhook is a delivery, which says what became of it",
}

// unrecorded names the routes that may change something and forgot the audit
// log.
func unrecorded(routes []api.Route) (forgot []string) {
	for _, r := range routes {
		name := r.Method + " " + r.Path
		if r.Method != http.MethodGet && r.Audit == "" && unaudited[name] == "" {
			forgot = append(forgot, name)
		}
	}
	return forgot
}

func TestEveryRouteThatManagesIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	g, _, _ := onSQLite(t)
	for _, name := range unrecorded(routes(g)) {
		t.Errorf("%s has no name in the audit log: give its route one, or put it on the list with the reason", name)
	}
	for _, r := range routes(g) {
		if r.Method == http.MethodGet && r.Audit != "" || r.Audit != "" && strings.Count(r.Audit, ".") != 1 {
			t.Errorf("%s %s is called %q", r.Method, r.Path, r.Audit)
		}
	}
	if forgot := unrecorded([]api.Route{{Method: http.MethodPut, Path: "/api/v1/new"}, {Method: http.MethodGet, Path: "/api/v1/new"}}); len(forgot) != 1 {
		t.Errorf("a route that forgot is reported as %q", forgot)
	}
}

// entry is an entry of the audit log as a caller sees it.
type entry struct {
	ID, At, Actor, Action, Object, Address string
	ActorID                                string `json:"actor_id"`
	RequestID                              string `json:"request_id"`
	Changes                                []map[string]any
}

// audited are the entries of the workspace, newest first.
func (s *side) audited(query string) []entry {
	s.g.t.Helper()
	var page struct{ Items []entry }
	s.ok(http.MethodGet, "/audit?limit=200&"+query, "").into(&page)
	return page.Items
}

// Every route is called on what there is: those that succeed leave one entry of
// their name for each object, those that refuse leave none.
func TestEveryChangeLeavesOneEntryAndARefusalNone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		mine := ws1.owned()
		seen := 0
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
			for _, r := range routes(g) {
				if r.Method != method || r.Audit == "" {
					continue
				}
				before := len(ws1.audited(""))
				id := "request-" + strings.ReplaceAll(r.Audit, ".", "-")
				got := g.do(method, mine.in(r.Path), mine.in(swaps[method+" "+r.Path]), bearer(ws1.admin), header("X-Request-Id", id))
				entries := ws1.audited("")
				fresh := entries[:len(entries)-before]
				if got.status >= 300 && len(fresh) > 0 {
					t.Errorf("%s was answered %d and left %+v", got.what, got.status, fresh)
				}
				objects := map[string]bool{}
				for _, e := range fresh {
					seen++
					if e.Action != r.Audit || e.RequestID != id || e.Actor != "key:admin" || e.Address != "127.0.0.1" ||
						!strings.Contains(e.Object, "/") || objects[e.Object] {
						t.Errorf("%s left %+v", got.what, e)
					}
					objects[e.Object] = true
				}
			}
		}
		if seen < 15 {
			t.Errorf("only %d routes left an entry", seen)
		}
	})
}

func TestAuditLogSaysWhoChangedWhatAndNoSecret(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	began := time.Now().Add(-time.Second)
	const secret = "a secret of many characters"
	ws1.ok(http.MethodPut, "/environments/PROD/secrets/TOKEN", `{"value":"`+secret+`"}`)
	ws1.ok(http.MethodPut, "/environments/PROD/secrets/TOKEN", `{"value":"`+secret+`"}`) // the same
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_echo/pause", `{"reason":"too loud"}`, bearer(ws1.admin)).is(http.StatusOK)
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_echo/pause", `{"reason":"too loud"}`, bearer(ws1.admin)).is(http.StatusOK)
	id := ws1.call(http.MethodPost, "/triggers/t_manual/run", "{}").is(http.StatusAccepted).field("id").(string)
	ws1.call(http.MethodPost, "/runs/"+id+"/cancel", "").is(http.StatusAccepted)
	made := ws1.made(http.MethodPost, "/keys", `{"name":"new","preset":"invoke"}`).field("key").(string)
	ws2name := g.do(http.MethodPost, "/api/v1/workspaces", `{"name":"ws3"}`, bearer(ws1.admin)).is(http.StatusCreated)

	since := "since=" + url.QueryEscape(began.UTC().Format(time.RFC3339)) + "&"
	for query, want := range map[string]string{
		since + "object=environment/PROD":            "secret.put environment/PROD/secret/TOKEN",
		"action=trigger.pause&object=trigger/t_echo": "trigger.pause trigger/t_echo",
		"object=run/" + id:                           "run.cancel run/" + id,
		"object=key/new":                             "key.create key/new",
		"action=workspace.create":                    "workspace.create workspace/ws3",
	} {
		entries := ws1.audited(query)
		if len(entries) != 1 || entries[0].Action+" "+entries[0].Object != want {
			t.Errorf("%s: %+v, want one %s", query, entries, want)
		}
	}
	all := ws1.ok(http.MethodGet, "/audit?limit=200", "").body
	for _, hidden := range []string{secret, made, ws2name.field("admin_key").(string), ws1.admin.Reveal()} {
		if strings.Contains(all, hidden) {
			t.Errorf("the audit log tells %q", hidden)
		}
	}
	if len(ws2.audited("object=key/new")) != 0 {
		t.Error("another workspace sees it")
	}
	for _, e := range ws1.audited("until=" + url.QueryEscape(began.Add(-time.Hour).UTC().Format(time.RFC3339))) {
		t.Errorf("long before: %+v", e)
	}
	ws1.call(http.MethodGet, "/audit?since=yesterday", "").refused(http.StatusUnprocessableEntity, "invalid")
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/audit", "", bearer(ws1.dev)).refused(http.StatusForbidden, "environment_not_allowed")
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/audit", "", bearer(ws1.plain)).refused(http.StatusForbidden, "forbidden")
}
