package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// fork has a branch of two nodes beside one of one, and an alarm behind both.
const fork = `{
  "nodes": [{"id": "start", "kind": "start"}, {"id": "a", "kind": "sleep", "config": {"for": "1s"}},
            {"id": "b", "kind": "sleep", "config": {"for": "1s"}}, {"id": "c", "kind": "sleep", "config": {"for": "1s"}},
            {"id": "alarm", "kind": "transform", "config": {"set": {"x": "1"}}}, {"id": "end", "kind": "end"}],
  "edges": [{"from": "start", "to": "a"}, {"from": "start", "to": "b", "when": "false"}, {"from": "b", "to": "c"},
            {"from": "a", "to": "alarm", "when": "false"}, {"from": "c", "to": "alarm"},
            {"from": "a", "to": "end"}, {"from": "alarm", "to": "end"}]
}`

// forked starts a run of the fork, plays its worker and gives the run's id.
func (s *side) forked() string {
	s.g.t.Helper()
	s.made(http.MethodPut, "/graphs/fork", fork)
	s.made(http.MethodPost, "/graphs/fork/builds", "")
	s.ok(http.MethodPut, "/environments/DEV/assignments/fork", `{"build":1}`)
	s.made(http.MethodPut, "/triggers/t_fork", `{"kind":"api","graph":"fork"}`)
	id := s.played("/triggers/t_fork/run", "").ID
	record := func(kind run.RecordType, node, data string) run.Record {
		return run.Record{Type: kind, Node: node, Data: json.RawMessage(data)}
	}
	s.end(run.Background, run.Outcome{Status: run.StatusCompleted},
		record(run.RunStarted, "", `null`),
		record(run.StepCompleted, "start", `{"output":null,"kind":"start","edges":{"0":true,"1":false}}`),
		record(run.StepStarted, "a", `{"kind":"sleep"}`),
		record(run.StepCompleted, "a", `{"output":null,"kind":"sleep","edges":{"3":false,"5":true}}`),
		record(run.StepCompleted, "end", `{"output":null,"kind":"end"}`))
	return id
}

func TestDeadPathsAreToldWhereTheyDied(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		id := ws1.forked()
		all := read(t, ws1.events(t.Context(), id, ""), -1)
		want := []string{
			"0 run.accepted", "1 run.started", "2 node.completed", "2.1 node.skipped", "2.2 node.skipped",
			"3 node.started", "4 node.completed", "4.1 node.skipped", "5 node.completed", "6 run.completed",
		}
		if d := cmp.Diff(want, names(all)); d != "" {
			t.Fatal(d)
		}
		var skipped []string
		for _, e := range all {
			var data struct {
				Seq    int
				NodeID string `json:"node_id"`
				Kind   string
			}
			must(t, json.Unmarshal([]byte(e.Data), &data))
			if e.Name == "node.skipped" {
				skipped = append(skipped, fmt.Sprintf("%d %s %s", data.Seq, data.NodeID, data.Kind))
			}
		}
		if !slices.Equal(skipped, []string{"2 b sleep", "2 c sleep", "4 alarm transform"}) {
			t.Errorf("skipped %v", skipped)
		}
		other := *ws1
		other.g = serve(t, s)
		other.plain = ws1.plain
		for i, e := range all[:len(all)-1] { // a stream may break anywhere
			if d := cmp.Diff(all[i+1:], read(t, ws1.events(t.Context(), id, "", header("Last-Event-ID", e.ID)), -1)); d != "" {
				t.Errorf("behind %s: %s", e.ID, d)
			}
		}
		ws1.call(http.MethodGet, "/runs/"+id+"/events?since=6", "").says(http.StatusNoContent, "")
		ws1.call(http.MethodDelete, "/triggers/t_fork", "").is(http.StatusNoContent)
		ws1.call(http.MethodDelete, "/graphs/fork", "").is(http.StatusNoContent)
		if got := names(read(t, ws1.events(t.Context(), id, ""), -1)); !slices.Equal(got, want) {
			t.Errorf("without the graph: %v", got)
		}
	})
}

func TestOnlyTheTypesThatAreAskedForAreTold(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.forked()
	for query, want := range map[string][]string{
		"?types=node.skipped":                          {"2.1 node.skipped", "2.2 node.skipped", "4.1 node.skipped", "6 run.completed"},
		"?types=node.started,run.accepted":             {"0 run.accepted", "3 node.started", "6 run.completed"},
		"?types=node.started&types=run.failed&since=3": {"6 run.completed"},
		"?types=log": {"6 run.completed"},
	} {
		if got := names(read(t, ws1.events(t.Context(), id, query), -1)); !slices.Equal(got, want) {
			t.Errorf("%s: %v", query, got)
		}
	}
	got := ws1.call(http.MethodGet, "/runs/"+id+"/events?types=node.danced", "")
	if got.refused(http.StatusUnprocessableEntity, "invalid"); !strings.Contains(got.body, "node.retrying") {
		t.Error(got.body)
	}
	live := ws1.started()
	stream := ws1.events(t.Context(), live, "?types=run.started")
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, run.Record{Type: run.RunStarted, At: time.Now()})
	if got := names(read(t, stream, -1)); !slices.Equal(got, []string{"1 run.started", "2 run.completed"}) {
		t.Errorf("live: %v", got)
	}
}
