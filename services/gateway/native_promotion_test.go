package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// caller is a graph that names one of everything that an environment holds.
const caller = `{"nodes": [{"id": "start", "kind": "start"},
 {"id": "call", "kind": "tool", "config": {"http": {"url": "{{ env.BASE }}/%s", "headers": {"Authorization": "{{ secrets.TOKEN }}"}}}},
 {"id": "ask", "kind": "agent", "config": {"model": "default"}}, {"id": "end", "kind": "end"}],
 "edges": [{"from": "start", "to": "call"}, {"from": "call", "to": "ask"}, {"from": "ask", "to": "end"}]}`

// stage gives graph caller builds 1 and 2, of which DEV runs the second.
func (s *side) stage() {
	s.g.t.Helper()
	for n := 1; n <= 2; n++ {
		s.call(http.MethodPut, "/graphs/caller", fmt.Sprintf(caller, fmt.Sprint(n)))
		s.made(http.MethodPost, "/graphs/caller/builds", "")
	}
	s.ok(http.MethodPut, "/environments/DEV/assignments/caller", `{"build":2}`)
}

// moved is the part of an answer that tests look at.
type moved struct {
	From      *string
	DryRun    bool `json:"dry_run"`
	Promotion *string
	Undoes    *string
	Changes   []struct {
		Graph     string
		FromBuild *int `json:"from_build"`
		ToBuild   *int `json:"to_build"`
		Diff      []struct{ Part, Name, Change, Path string }
		Missing   []struct{ Path, Kind, Name string }
	}
	Warnings []struct{ Code, Message string }
}

func (r *reply) moved() (m moved) {
	r.t.Helper()
	r.is(http.StatusOK).into(&m)
	return m
}

// builds says what became of each graph: "caller null>2".
func (m moved) builds() (all []string) {
	number := func(n *int) string {
		if n == nil {
			return "null"
		}
		return fmt.Sprint(*n)
	}
	for _, c := range m.Changes {
		all = append(all, fmt.Sprintf("%s %s>%s", c.Graph, number(c.FromBuild), number(c.ToBuild)))
	}
	return all
}

func (m moved) codes() (all []string) {
	for _, w := range m.Warnings {
		all = append(all, w.Code)
	}
	return all
}

// prod is what PROD runs: "caller 2".
func (s *side) prod() (all []string) {
	s.g.t.Helper()
	var l struct {
		Items []struct {
			Graph string
			Build int
		}
	}
	s.ok(http.MethodGet, "/environments/PROD/assignments", "").into(&l)
	for _, a := range l.Items {
		all = append(all, fmt.Sprintf("%s %d", a.Graph, a.Build))
	}
	slices.Sort(all)
	return all
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestPromotionIsRefusedWhileSomethingIsMissing(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.stage()
	const promote = "/environments/prod/promote"
	dry := ws1.ok(http.MethodPost, promote, `{"from":"dev","dry_run":true}`).moved()
	same(t, "dry run", dry.builds(), "caller null>2", "echo null>1")
	if dry.Promotion != nil || !dry.DryRun || *dry.From != "DEV" || len(dry.Changes[0].Missing) != 3 || len(dry.Changes[1].Missing) != 0 {
		t.Errorf("%+v", dry)
	}
	same(t, "warnings", dry.codes(), "no_trigger")
	if d := dry.Changes[0].Diff; len(d) != 7 || d[0].Change != "added" || d[0].Name != "start" {
		t.Errorf("%+v", d)
	}
	refused := ws1.call(http.MethodPost, promote, `{"from":"DEV"}`)
	same(t, "missing", refused.refused(http.StatusConflict, "conflict"),
		"graphs.caller.nodes.ask.config.model", "graphs.caller.nodes.call.config.http.headers.Authorization", "graphs.caller.nodes.call.config.http.url")
	for _, code := range []string{"missing_model", "missing_secret", "missing_variable"} {
		if !strings.Contains(refused.body, `"code":"`+code+`"`) {
			t.Errorf("no %s in %s", code, refused.body)
		}
	}
	same(t, "after the refusal", ws1.prod())

	ws1.ok(http.MethodPut, "/environments/PROD/variables/BASE", `{"value":"https://x"}`)
	ws1.ok(http.MethodPut, "/environments/PROD/secrets/TOKEN", `{"value":"a token"}`)
	ws1.ok(http.MethodPut, "/environments/PROD/models/default", `{"base_url":"https://m.example/v1","secret":"KEY"}`)
	same(t, "its connection lacks a secret", ws1.call(http.MethodPost, promote, `{"from":"DEV"}`).refused(http.StatusConflict, "conflict"), "graphs.caller.models.default.secret")
	ws1.ok(http.MethodPut, "/environments/PROD/secrets/KEY", `{"value":"a key"}`)
	done := ws1.ok(http.MethodPost, promote, `{"from":"DEV"}`).moved()
	same(t, "after", ws1.prod(), "caller 2", "echo 1")
	kept := ws1.ok(http.MethodGet, "/environments/PROD/promotions/"+*done.Promotion, "")
	if kept.field("kind") != "promotion" || kept.field("from") != "DEV" || kept.field("created_by") != "key:admin" || kept.field("undone_by") != nil {
		t.Error(kept.body)
	}
	if again := ws1.ok(http.MethodPost, promote, `{"from":"DEV"}`).moved(); again.Promotion != nil || len(again.Changes) != 0 {
		t.Errorf("promoting again changes %+v", again)
	}
}

func TestForcedPromotionTakesTheNamedGraphs(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.stage()
	done := ws1.ok(http.MethodPost, "/environments/PROD/promote", `{"from":"DEV","graphs":["caller","caller"],"force":true}`).moved()
	same(t, "changes", done.builds(), "caller null>2")
	if len(done.Changes[0].Missing) != 3 || done.Promotion == nil {
		t.Errorf("%+v", done)
	}
	same(t, "after", ws1.prod(), "caller 2")
	ws1.ok(http.MethodPut, "/environments/DEV/assignments/caller", `{"build":1}`)
	older := ws1.ok(http.MethodPost, "/environments/PROD/promote", `{"from":"DEV","graphs":["caller"],"force":true}`).moved()
	same(t, "changes", older.builds(), "caller 2>1")
	if d := older.Changes[0].Diff; len(d) != 1 || d[0].Name != "call" || d[0].Path != "config.http.url" {
		t.Errorf("%+v", d)
	}
}

func TestPromotionAsksForWhatExists(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.made(http.MethodPut, "/graphs/lonely", echo)
	for body, path := range map[string]string{
		`{"from":"MOON"}`:            "from",
		`{"from":"PROD"}`:            "from",
		`{}`:                         "from",
		`{"from":"DEV","graphs":[]}`: "graphs",
		`{"from":"DEV","graphs":["echo","nobody"]}`: "graphs[1]",
	} {
		same(t, body, ws1.call(http.MethodPost, "/environments/PROD/promote", body).refused(http.StatusUnprocessableEntity, "invalid"), path)
	}
	ws1.call(http.MethodPost, "/environments/PROD/promote", `{"from":"DEV","graphs":["lonely"]}`).refused(http.StatusConflict, "no_build")
	ws1.call(http.MethodPost, "/environments/PROD/promote", `{"form":"DEV"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	ws1.call(http.MethodPost, "/environments/PROD/rollback", "").refused(http.StatusConflict, "conflict")
	ws1.call(http.MethodGet, "/environments/PROD/promotions/x", "").refused(http.StatusNotFound, "not_found")
	uat := ws1.key("uat", key.Key{Scopes: key.Scopes, Environments: []string{"UAT"}})
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/environments/UAT/promote", `{"from":"DEV"}`, bearer(uat)).refused(http.StatusForbidden, "environment_not_allowed")
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/environments/PROD/promote", `{"from":"UAT"}`, bearer(uat)).refused(http.StatusForbidden, "environment_not_allowed")
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/environments/DEV/rollback", "", bearer(uat)).refused(http.StatusForbidden, "environment_not_allowed")
}

func TestRollbackPutsBackWhatStood(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		ws1.stage()
		const rollback = "/environments/PROD/rollback"
		ws1.ok(http.MethodPut, "/environments/PROD/assignments/caller", `{"build":1}`)
		promoted := ws1.ok(http.MethodPost, "/environments/PROD/promote", `{"from":"DEV","force":true}`).moved()
		same(t, "promoted", ws1.prod(), "caller 2", "echo 1")

		dry := ws1.ok(http.MethodPost, rollback, `{"dry_run":true}`).moved()
		same(t, "dry run", dry.builds(), "caller 2>1", "echo 1>null")
		if dry.Promotion != nil || *dry.Undoes != *promoted.Promotion || dry.From != nil {
			t.Errorf("%+v", dry)
		}
		same(t, "after the dry run", ws1.prod(), "caller 2", "echo 1")

		// Who has assigned something since is not overwritten.
		ws1.ok(http.MethodPut, "/environments/PROD/assignments/caller", `{"build":1}`)
		byID := fmt.Sprintf(`{"promotion":%q}`, *promoted.Promotion)
		ws1.call(http.MethodPost, rollback, byID).refused(http.StatusConflict, "conflict")
		same(t, "the newest change goes first", ws1.ok(http.MethodPost, rollback, "").moved().builds(), "caller 1>2")

		back := ws1.ok(http.MethodPost, rollback, byID).moved()
		same(t, "rolled back", ws1.prod(), "caller 1")
		ws1.call(http.MethodPost, rollback, byID).refused(http.StatusConflict, "conflict")
		history := ws1.ok(http.MethodGet, "/environments/PROD/promotions?limit=1", "")
		if history.one("kind") != "rollback" || history.one("undoes") != *promoted.Promotion || history.one("id") != *back.Promotion {
			t.Error(history.body)
		}
		// A rollback can be taken back itself.
		again := ws1.ok(http.MethodPost, rollback, fmt.Sprintf(`{"promotion":%q}`, *back.Promotion)).moved()
		same(t, "taken back", again.builds(), "caller 1>2", "echo null>1")
		same(t, "promoted again", ws1.prod(), "caller 2", "echo 1")

		var kinds []string
		var list struct {
			Items []struct {
				Kind    string
				Changes []struct{ Graph string }
			}
		}
		ws1.ok(http.MethodGet, "/environments/PROD/promotions?graph=echo", "").into(&list)
		for _, p := range list.Items {
			kinds = append(kinds, p.Kind)
		}
		if d := cmp.Diff([]string{"rollback", "rollback", "promotion"}, kinds); d != "" {
			t.Error(d)
		}
	})
}

func TestRollbackLeavesDeletedGraphsOut(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.stage()
	ws1.ok(http.MethodPost, "/environments/PROD/promote", `{"from":"DEV","force":true}`)
	ws1.call(http.MethodDelete, "/graphs/caller", "").is(http.StatusNoContent)
	back := ws1.ok(http.MethodPost, "/environments/PROD/rollback", "").moved()
	same(t, "changes", back.builds(), "echo 1>null")
	same(t, "warnings", back.codes(), "graph_deleted")
}

func TestTriggersThatDoNotFollowAreTold(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.stage()
	ws1.made(http.MethodPut, "/triggers/dev_only", `{"kind":"api","graph":"caller","environments":["DEV"]}`)
	const promote = `{"from":"DEV","graphs":["caller"],"dry_run":true}`
	same(t, "another environment", ws1.ok(http.MethodPost, "/environments/PROD/promote", promote).moved().codes(), "no_trigger")
	ws1.made(http.MethodPut, "/triggers/pinned", `{"kind":"api","graph":"caller","build":1}`)
	same(t, "pinned", ws1.ok(http.MethodPost, "/environments/PROD/promote", promote).moved().codes(), "pinned_build")
	ws1.made(http.MethodPut, "/triggers/follows", `{"kind":"api","graph":"caller","environments":["PROD"]}`)
	same(t, "one of both", ws1.ok(http.MethodPost, "/environments/PROD/promote", promote).moved().codes(), "pinned_build")
}

func TestBuildsAreCompared(t *testing.T) {
	t.Parallel()
	_, ws1, ws2 := onSQLite(t)
	ws1.stage()
	ws1.ok(http.MethodPut, "/graphs/caller", strings.Replace(fmt.Sprintf(caller, "2"), `{"nodes"`, `{"title":"New","nodes"`, 1))
	type diff struct {
		Graph, From, To string
		Changes         []struct{ Part, Name, Change, Path string }
	}
	ask := func(path string) (d diff) {
		ws1.ok(http.MethodGet, "/graphs/caller/builds/"+path, "").into(&d)
		return d
	}
	before := ask("2/diff")
	if before.From != "1" || before.To != "2" || before.Graph != "caller" || len(before.Changes) != 1 || before.Changes[0].Path != "config.http.url" {
		t.Errorf("against the build before: %+v", before)
	}
	if named := ask("1/diff?against=2"); named.From != "2" || named.To != "1" || len(named.Changes) != 1 {
		t.Errorf("against another: %+v", named)
	}
	if first := ask("1/diff"); first.From != "" || len(first.Changes) != 7 {
		t.Errorf("the first: %+v", first)
	}
	if d := ask("2/diff?against=draft"); d.To != "draft" || len(d.Changes) != 1 || d.Changes[0].Path != "title" {
		t.Errorf("against the draft: %+v", d)
	}
	if none := ask("2/diff?against=2"); none.Changes == nil || len(none.Changes) != 0 {
		t.Errorf("against itself: %+v", none)
	}
	for _, against := range []string{"7", "x", "-1"} {
		same(t, against, ws1.call(http.MethodGet, "/graphs/caller/builds/2/diff?against="+against, "").refused(http.StatusUnprocessableEntity, "invalid"), "against")
	}
	ws1.call(http.MethodGet, "/graphs/caller/builds/9/diff", "").refused(http.StatusNotFound, "not_found")
	ws2.call(http.MethodGet, "/graphs/caller/builds/1/diff", "").refused(http.StatusNotFound, "not_found")
}
