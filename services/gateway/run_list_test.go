package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
)

// ids are those of the runs that a list shows.
func (s *side) ids(query string) (ids []string) {
	s.g.t.Helper()
	var page struct {
		Items []struct{ ID string }
	}
	s.ok(http.MethodGet, "/runs"+query, "").into(&page)
	for _, r := range page.Items {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestRunsAreListedByWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	failed := ws1.played("/triggers/t_echo/run", `{"tags":["blue","release 7"]}`)
	ws1.end(run.Background, run.Outcome{Status: run.StatusFailed, ErrorCode: run.NodeFailed, Error: "no"})
	replay := ws1.played("/runs/"+failed.ID+"/replay", `{"tags":["green"]}`)
	called := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "", bearer(ws1.plain)).workflow().String()
	for query, want := range map[string][]string{
		"":                                 {called, replay.ID, failed.ID},
		"?trigger=t_echo&status=failed":    {failed.ID},
		"?trigger=t_manual":                nil,
		"?graph=echo&environment=dev":      {called, replay.ID, failed.ID},
		"?status=failed,cancelled":         {failed.ID},
		"?status=pending&status=running":   {called, replay.ID},
		"?tag=release+7":                   {failed.ID},
		"?tag=blue&cause=replay":           nil,
		"?cause=replay":                    {replay.ID},
		"?cause=api":                       {called},
		"?replay_of=" + failed.ID:          {replay.ID},
		"?thread_id=" + replay.ThreadID:    {replay.ID},
		"?thread_id=" + uuid.NewString():   nil,
		"?error_code=node_failed":          {failed.ID},
		"?error_code=internal":             nil,
		"?since=2000-01-01T00:00:00Z":      {called, replay.ID, failed.ID},
		"?until=2000-01-01T00:00:00Z":      nil,
		"?environment=PROD&cause=api":      nil,
		"?limit=1":                         {called},
		"?trigger=%27+or+1%3D1&tag=%25":    nil,
		"?cause=%22%7D+or+true&graph=echo": nil,
	} {
		if got := ws1.ids(query); !slices.Equal(got, want) {
			t.Errorf("%q lists %v, want %v", query, got, want)
		}
	}
	for query, path := range map[string]string{
		"?thread_id=x": "thread_id", "?replay_of=x": "replay_of", "?replay_of=" + uuid.Nil.String(): "replay_of",
		"?status=done": "status", "?since=monday": "since", "?limit=0": "limit", "?limit=201": "limit",
	} {
		if got := ws1.call(http.MethodGet, "/runs"+query, "").refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{path}) {
			t.Errorf("%q: wrong at %v", query, got)
		}
	}
	for path, want := range map[string][]string{
		"/runs?triger=t_echo&tags=blue&status=failed": {"tags", "triger"},
		"/runs/" + failed.ID + "/steps?page=2":        {"page"},
		"/runs/" + failed.ID + "/events?after=2":      {"after"},
	} {
		if got := ws1.call(http.MethodGet, path, "").refused(http.StatusUnprocessableEntity, "unknown_field"); !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v", path, got)
		}
	}
}

func TestListOfABoundKeyIsFullOfWhatItReaches(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/PROD/assignments/echo", `{"build":1}`)
	start := func(environment string) string {
		return ws1.played("/triggers/t_echo/run", fmt.Sprintf(`{"environment":%q}`, environment)).ID
	}
	mine := start("DEV")
	for range 3 {
		start("PROD")
	}
	two := ws1.key("two", key.Key{Scopes: key.Scopes, Environments: []string{"DEV", "UAT"}})
	for _, k := range []string{ws1.dev.Reveal(), two.Reveal()} {
		got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs?limit=1", "", header("Authorization", "Bearer "+k)).is(http.StatusOK)
		if got.field("items").([]any)[0].(map[string]any)["id"] != mine || got.field("next_cursor") != nil {
			t.Error(got.body)
		}
	}
}

func TestStepsArePagedInTheOrderInWhichTheyBegan(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.started()
	var records []run.Record
	for i := range 5 { // all begin, then all end
		records = append(records, run.Record{Type: run.StepStarted, Node: fmt.Sprint("n", i), Data: json.RawMessage(`{"kind":"tool"}`)})
	}
	for i := range 5 {
		records = append(records, run.Record{Type: run.StepCompleted, Node: fmt.Sprint("n", i), Data: json.RawMessage(`{"output":1}`)})
	}
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, records...)
	var seen []string
	for path := "/runs/" + id + "/steps?limit=2"; path != ""; {
		var page struct {
			Items []struct {
				Node   string `json:"node_id"`
				Status string
			}
			NextCursor *string `json:"next_cursor"`
		}
		ws1.ok(http.MethodGet, path, "").into(&page)
		if len(page.Items) > 2 {
			t.Errorf("a page of %d steps", len(page.Items))
		}
		for _, s := range page.Items {
			seen = append(seen, s.Node+" "+s.Status)
		}
		path = ""
		if page.NextCursor != nil {
			path = "/runs/" + id + "/steps?limit=2&cursor=" + *page.NextCursor
		}
	}
	if want := []string{"n0 completed", "n1 completed", "n2 completed", "n3 completed", "n4 completed"}; !slices.Equal(seen, want) {
		t.Errorf("got %v", seen)
	}
	cursor := ws1.ok(http.MethodGet, "/runs/"+id+"/steps?limit=1", "").field("next_cursor").(string)
	ws1.call(http.MethodGet, "/runs/"+ws1.started()+"/steps?cursor="+cursor, "").refused(http.StatusBadRequest, "bad_cursor")
}

// A run may weigh as much as all the memory of a gateway: a page of its steps
// does not.
func TestHeavyStepsMakeShorterPages(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.started()
	var records []run.Record
	output := json.RawMessage(`{"kind":"tool","output":"` + strings.Repeat("x", 60_000) + `"}`)
	const steps = 100
	for i := range steps {
		records = append(records, run.Record{Type: run.StepCompleted, Node: fmt.Sprint("n", i), Data: output})
	}
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, records...)
	next, pages := 0, 0
	for path := "/runs/" + id + "/steps?limit=200"; path != ""; pages++ {
		got := ws1.ok(http.MethodGet, path, "")
		if len(got.body) > 6<<20 {
			t.Errorf("a page has %d bytes", len(got.body))
		}
		var page struct {
			Items []struct {
				Node string `json:"node_id"`
			}
			NextCursor *string `json:"next_cursor"`
		}
		got.into(&page)
		for _, s := range page.Items {
			if s.Node != fmt.Sprint("n", next) {
				t.Fatalf("%s comes after %d others", s.Node, next)
			}
			next++
		}
		path = ""
		if page.NextCursor != nil {
			path = "/runs/" + id + "/steps?limit=200&cursor=" + *page.NextCursor
		}
	}
	if next != steps || pages < 2 {
		t.Errorf("%d steps on %d pages", next, pages)
	}
}
