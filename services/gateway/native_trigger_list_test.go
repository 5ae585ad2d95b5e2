package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// names are those of the triggers that a list shows, page by page.
func (s *side) names(query string) (names []string) {
	s.g.t.Helper()
	for path := "/triggers" + query; ; {
		var page struct {
			Items      []struct{ Name string }
			NextCursor *string `json:"next_cursor"`
		}
		s.ok(http.MethodGet, path, "").into(&page)
		for _, i := range page.Items {
			names = append(names, i.Name)
		}
		if page.NextCursor == nil {
			return names
		}
		path = "/triggers" + query + "&cursor=" + *page.NextCursor
	}
}

func equalNames(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTriggerListIsFilteredAndSorted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws1 := serve(t, s).side("ws1")
		ws1.other()
		for _, name := range []string{"t_echo", "t_manual"} {
			ws1.call(http.MethodDelete, "/triggers/"+name, "").is(http.StatusNoContent)
		}
		ws1.made(http.MethodPut, "/triggers/a", `{"title":"50% Sale","kind":"api","graph":"other","environments":["UAT"],"labels":{"owner":"data","tier":"1"}}`)
		ws1.made(http.MethodPut, "/triggers/b", `{"kind":"manual","graph":"echo","labels":{"owner":"data","url":"http://x"}}`)
		ws1.made(http.MethodPut, "/triggers/c", `{"kind":"api","graph":"other","environments":["DEV"],"labels":{"owner":"web"}}`)
		for query, want := range map[string][]string{
			"":                                {"c", "b", "a", "t_paused"},
			"?limit=3":                        {"c", "b", "a", "t_paused"},
			"?graph=other":                    {"c", "a"},
			"?kind=manual":                    {"b"},
			"?status=active&graph=echo":       {"b"},
			"?status=paused":                  {"t_paused"},
			"?environment=uat":                {"b", "a", "t_paused"},
			"?label=owner:data":               {"b", "a"},
			"?label=owner:data&label=tier:1":  {"a"},
			"?label=url:http://x":             {"b"},
			"?label=owner:":                   nil,
			"?search=0%25":                    {"a"},
			"?search=SALE":                    {"a"},
			"?search=t_pau":                   {"t_paused"},
			"?sort=created_at&limit=1":        {"c", "b", "a", "t_paused"},
			"?label=$.owner:data":             nil,
			"?label=owner:data%27%20or%201=1": nil,
		} {
			if got := ws1.names(query); !slices.Equal(got, want) {
				t.Errorf("%s lists %v, want %v", query, got, want)
			}
		}
		ws1.ok(http.MethodPatch, "/triggers/a", `{"title":"new"}`)
		equalNames(t, ws1.names("?sort=updated_at&limit=1"), "a", "c", "b", "t_paused")
		for _, query := range []string{"status=asleep", "label=owner", "label=:x", "label=a:1&label=a:2", "sort=name", "limit=0"} {
			ws1.call(http.MethodGet, "/triggers?"+query, "").refused(http.StatusUnprocessableEntity, "invalid")
		}
		ws1.call(http.MethodGet, "/triggers?labels=owner:data", "").refused(http.StatusUnprocessableEntity, "unknown_field")
		ws1.call(http.MethodGet, "/triggers?environment=MARS", "").refused(http.StatusNotFound, "not_found")
	})
}

func TestTriggerRowsShowTheirNewestRun(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/UAT/assignments/echo", `{"build":1}`)
	start := func(environment string) string {
		return ws1.call(http.MethodPost, "/triggers/t_echo/run", fmt.Sprintf(`{"environment":%q}`, environment)).is(http.StatusAccepted).field("id").(string)
	}
	start("DEV")
	id := start("DEV")
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{}})
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{}})
	last := `"last_run":{"id":"` + id + `","status":"completed","at":"`
	for _, path := range []string{"/triggers", "/triggers/t_echo"} {
		if got := ws1.ok(http.MethodGet, path, ""); !strings.Contains(got.body, last) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	start("UAT")
	got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/triggers/t_echo", "", bearer(ws1.dev)).is(http.StatusOK)
	if got.field("last_run") != nil {
		t.Errorf("a key of DEV sees a run of UAT: %s", got.body)
	}
}

func TestManyTriggersArePausedByOneCall(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/triggers/a", `{"kind":"api","graph":"echo","environments":["DEV"],"labels":{"owner":"data"}}`)
	ws1.made(http.MethodPut, "/triggers/b", `{"kind":"api","graph":"echo","labels":{"owner":"data"}}`)
	got := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/pause", `{"labels":{"owner":"data"},"reason":"sale"}`, bearer(ws1.dev)).is(http.StatusOK)
	if got.field("changed") != 1.0 || got.field("unreached") != 1.0 || !strings.Contains(got.body, `"name":"a"`) || !strings.Contains(got.body, `"paused_reason":"sale"`) {
		t.Error(got.body)
	}
	if got := ws1.ok(http.MethodPost, "/triggers/pause", `{"kind":"api","reason":"audit"}`); got.field("changed") != 2.0 {
		t.Error(got.body)
	}
	g.do(http.MethodPost, "/trigger/start/ws1/b/DEV", `{}`, bearer(ws1.plain)).says(http.StatusConflict, detail("Trigger is paused"))
	if got := ws1.ok(http.MethodPost, "/triggers/resume", `{"graph":"echo","reason":"audit"}`); got.field("changed") != 2.0 || strings.Contains(got.body, `"name":"a"`) {
		t.Error(got.body)
	}
	if got := ws1.ok(http.MethodPost, "/triggers/resume", `{"labels":{"owner":"nobody"}}`); got.field("changed") != 0.0 || !strings.Contains(got.body, `"triggers":[]`) {
		t.Error(got.body)
	}
	for _, body := range []string{`{}`, `{"reason":"everything"}`} {
		ws1.call(http.MethodPost, "/triggers/pause", body).refused(http.StatusUnprocessableEntity, "invalid")
	}
	ws1.call(http.MethodPost, "/triggers/pause", `{"label":"x"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
}
