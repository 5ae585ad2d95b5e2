package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// calls is a graph that starts others, one after the other.
func calls(names ...string) string {
	nodes, edges, last := `{"id":"start","kind":"start"}`, "", "start"
	for i, name := range names {
		id := fmt.Sprint("call", i)
		nodes += fmt.Sprintf(`,{"id":%q,"kind":"graph","config":{"graph":%q}}`, id, name)
		edges += fmt.Sprintf(`{"from":%q,"to":%q},`, last, id)
		last = id
	}
	return fmt.Sprintf(`{"nodes":[%s,{"id":"end","kind":"end"}],"edges":[%s{"from":%q,"to":"end"}]}`, nodes, edges, last)
}

func TestGraphThatComesBackToItselfIsRefused(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	refused := func(method, path, name string, graphs ...string) *reply {
		t.Helper()
		got := ws1.call(method, "/graphs/"+name+path, calls(graphs...))
		if paths := got.refused(http.StatusUnprocessableEntity, "invalid"); len(paths) != 1 || !strings.Contains(got.body, "self_reference") {
			t.Errorf("%s", got.body)
		}
		return got
	}
	refused(http.MethodPut, "", "a", "a")
	ws1.made(http.MethodPut, "/graphs/a", calls("b"))
	ws1.made(http.MethodPut, "/graphs/b", calls("echo", "c"))
	if got := refused(http.MethodPut, "", "c", "echo", "a"); !strings.Contains(got.body, `by way of a, b`) || !strings.Contains(got.body, `"nodes.call1"`) {
		t.Errorf("the way is not told: %s", got.body)
	}
	if got := ws1.ok(http.MethodPost, "/graphs/c/validate", calls("a")); got.field("valid") != false {
		t.Error(got.body)
	}
	ws1.made(http.MethodPut, "/graphs/c", calls("echo", "nobody"))
}

// A run that waits for a run it started goes on by itself: it asks nobody, and
// who waits for it waits on.
func TestRunThatWaitsForItsChildAsksNobody(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	fleet := g.store.Fleet()
	claims, err := fleet.ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	ask := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForChild, Question: json.RawMessage(`{"graph":"echo","build":1}`)}
	ask.Child = &run.Child{Callee: run.Callee{GraphID: claims[0].Run.GraphID, Graph: "echo", Build: 1}, Depth: 1}
	asked, err := json.Marshal(ask)
	must(t, err)
	must(t, fleet.Append(t.Context(), lease, []run.Record{{Seq: 1, Epoch: 1, At: time.Now(), Type: run.Waiting, Node: "call", Call: "run:1", Data: asked}}))
	must(t, fleet.Wait(t.Context(), lease, run.ForChild, 0, nil))

	if got := ws1.ok(http.MethodGet, "/runs/"+id, ""); got.field("requires_input") != false || got.field("status") != "waiting" || got.field("status_reason") != "child" {
		t.Error(got.body)
	}
	got := g.do(http.MethodGet, "/trigger/status/ws1/"+id, "", bearer(ws1.plain), prefer("1")).is(http.StatusOK)
	if got.took < time.Second || got.field("status") != "pending" || got.field("requires_input") != false || !strings.Contains(got.body, "Graph echo started") {
		t.Errorf("after %v: %s", got.took, got.body)
	}
	var list struct{ Items []json.RawMessage }
	ws1.ok(http.MethodGet, "/runs?status=pending", "").into(&list)
	if len(list.Items) != 1 || !strings.Contains(string(list.Items[0]), `"parent_run":"`+id+`"`) {
		t.Errorf("pending are %s", list.Items)
	}
	step := func() (s struct {
		Status   string
		Kind     string
		ChildRun string `json:"child_run"`
		Input    map[string]any
		Error    string
	}) {
		var steps struct{ Items []json.RawMessage }
		ws1.ok(http.MethodGet, "/runs/"+id+"/steps", "").into(&steps)
		must(t, json.Unmarshal(steps.Items[0], &s))
		return s
	}
	if s := step(); s.Status != "waiting" || s.Kind != "graph" || s.ChildRun != ask.ID.String() || s.Input["graph"] != "echo" {
		t.Errorf("%+v", s)
	}
	patient, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if r, err := ws1.client(nil).Wait(patient, "ws1", id); err == nil {
		t.Errorf("the client does not wait for the child's end: %+v", r)
	}
	for _, body := range []string{`{"answer":"yes"}`, `{"answer":"yes","node":"call"}`} {
		got := ws1.call(http.MethodPost, "/runs/"+id+"/answer", body)
		if got.refused(http.StatusConflict, "not_waiting"); !strings.Contains(got.body, "waits for the end of run "+ask.ID.String()) {
			t.Errorf("which run to answer is not told: %s", got.body)
		}
	}
	ws1.call(http.MethodPost, "/runs/"+id+"/cancel", "").is(http.StatusAccepted)
	if got := ws1.ok(http.MethodGet, "/runs/"+ask.ID.String(), ""); got.field("status") != "cancelled" || got.field("status_reason") != "parent" {
		t.Error(got.body)
	}
	if step().Status != "cancelled" {
		t.Errorf("%+v", step())
	}
}
