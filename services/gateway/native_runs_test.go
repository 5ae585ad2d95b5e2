package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestRunDocumentStepsAndFilters(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		id := ws1.call(http.MethodPost, "/triggers/t_echo/run", `{"message":"hi"}`).is(http.StatusAccepted).field("id").(string)
		data := func(v any) json.RawMessage {
			raw, err := json.Marshal(v)
			must(t, err)
			return raw
		}
		ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "hi"}, Usage: run.Usage{ToolCalls: 1}},
			run.Record{Type: run.RunStarted},
			run.Record{Type: run.StepStarted, Node: "a", Data: data(run.Begun{Kind: "tool", Input: json.RawMessage(`{"x":1}`)})},
			run.Record{Type: run.StepRetrying, Node: "a", Data: data(run.Retried{Try: 1, Error: "502", Usage: &run.Usage{ToolCalls: 1}})},
			run.Record{Type: run.StepStarted, Node: "b", Call: "model:1", Data: data(run.Begun{})},
			run.Record{Type: run.StepCompleted, Node: "a", Data: data(run.Completed{Output: json.RawMessage(`"done"`), Kind: "tool", Usage: &run.Usage{ToolCalls: 1}})},
			run.Record{Type: run.StepFailed, Node: "b", Call: "model:1", Data: data(run.Failure{Code: run.ModelRefused, Message: "no"})},
		)
		var doc map[string]any
		ws1.ok(http.MethodGet, "/runs/"+id, "").into(&doc)
		for name, want := range map[string]string{
			"status": "completed", "graph": "echo", "build": "1", "environment": "DEV", "variables": "map[answer:hi]", "response": "map[answer:hi]",
			"error": "<nil>", "error_code": "<nil>", "status_reason": "<nil>", "requires_input": "false", "attempts": "1", "epoch": "1", "tags": "[]",
			"cause": "map[backfill:<nil> caused_by:<nil> delivery_id:<nil> depth:0 from:<nil> kind:manual lateness_ms:<nil> parent_run:<nil> replay_of:<nil> scheduled_for:<nil>]",
		} {
			if got := fmt.Sprint(doc[name]); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		var steps struct {
			Items []struct {
				Seq                       int
				NodeID                    string `json:"node_id"`
				Kind, Call, Status, Error string
				EndedAt                   *string `json:"ended_at"`
				Input, Output             json.RawMessage
				Usage                     *run.Usage
			}
			NextCursor *string `json:"next_cursor"`
		}
		got := ws1.ok(http.MethodGet, "/runs/"+id+"/steps", "")
		got.into(&steps)
		if len(steps.Items) != 2 {
			t.Fatalf("%s", got.body)
		}
		a, b := steps.Items[0], steps.Items[1]
		if a.Seq != 2 || a.NodeID != "a" || a.EndedAt == nil || a.Kind != "tool" || a.Status != "completed" || string(a.Input) != `{"x":1}` || string(a.Output) != `"done"` || a.Usage.ToolCalls != 2 {
			t.Errorf("%+v", a)
		}
		if b.Seq != 4 || b.NodeID != "b" || b.Call != "model:1" || b.Status != "failed" || b.Error != "no" {
			t.Errorf("%+v", b)
		}
		for filter, n := range map[string]int{
			"trigger=t_echo": 1, "graph=echo": 1, "environment=dev": 1, "status=completed": 1, "status=failed,completed": 1, "since=2020-01-01T00:00:00Z": 1,
			"trigger=other": 0, "status=pending": 0, "until=2020-01-01T00:00:00Z": 0, "environment=UAT": 0, "tag=x": 0,
		} {
			var list struct{ Items []any }
			ws1.ok(http.MethodGet, "/runs?"+filter, "").into(&list)
			if len(list.Items) != n {
				t.Errorf("%s: %d runs, want %d", filter, len(list.Items), n)
			}
		}
		for _, filter := range []string{"status=done", "since=yesterday", "limit=0", "limit=201", "limit=x", "limit=1e2"} {
			ws1.call(http.MethodGet, "/runs?"+filter, "").refused(http.StatusUnprocessableEntity, "invalid")
		}
	})
}

func TestTimesThatNoDatabaseKeepsAreRefused(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for _, filter := range []string{"since=0000-01-01T00:00:00Z", "until=9999-12-31T23:59:59-01:00", "since=yesterday"} {
		ws1.call(http.MethodGet, "/runs?"+filter, "").refused(http.StatusUnprocessableEntity, "invalid")
	}
}

func TestCancelIsAcceptedUntilTheRunHasEnded(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	start := func() string {
		return ws1.call(http.MethodPost, "/triggers/t_echo/run", "").is(http.StatusAccepted).field("id").(string)
	}
	pending := start()
	if got := ws1.call(http.MethodPost, "/runs/"+pending+"/cancel", "").is(http.StatusAccepted); got.field("status") != "cancelled" || got.field("status_reason") != "requested" {
		t.Error(got.body)
	}
	ws1.call(http.MethodPost, "/runs/"+pending+"/cancel", "").refused(http.StatusConflict, "already_finished")
	status := g.do(http.MethodGet, "/trigger/status/ws1/"+pending, "", bearer(ws1.plain)).is(http.StatusOK)
	if status.field("status") != "failed" || status.field("error") != "Execution was cancelled" {
		t.Error(status.body)
	}

	running := start()
	claims, err := g.store.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	for range 2 {
		got := ws1.call(http.MethodPost, "/runs/"+running+"/cancel", "{}").is(http.StatusAccepted)
		if got.field("status") != "running" || got.field("cancel_requested_at") == nil {
			t.Error(got.body)
		}
	}
	must(t, g.store.Fleet().Finish(t.Context(), run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}, run.Outcome{Status: run.StatusCancelled, Reason: run.Requested}, nil))
	ws1.call(http.MethodPost, "/runs/"+running+"/cancel", "").refused(http.StatusConflict, "already_finished")
}

func TestStepsEndWithTheirRun(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.call(http.MethodPost, "/triggers/t_echo/run", "").is(http.StatusAccepted).field("id").(string)
	begun, err := json.Marshal(run.Begun{Kind: "sleep"})
	must(t, err)
	ws1.end(run.Background, run.Outcome{Status: run.StatusCancelled, Reason: run.Requested},
		run.Record{Type: run.RunStarted}, run.Record{Type: run.StepStarted, Node: "a", Data: begun})
	var steps struct {
		Items []struct {
			Status  string
			EndedAt *string `json:"ended_at"`
		}
	}
	ws1.ok(http.MethodGet, "/runs/"+id+"/steps", "").into(&steps)
	if len(steps.Items) != 1 || steps.Items[0].Status != "cancelled" || steps.Items[0].EndedAt == nil {
		t.Errorf("a step outlives its run: %+v", steps.Items)
	}
}

func TestAnswerLetsAWaitingRunGoOn(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.call(http.MethodPost, "/triggers/t_echo/run", "").is(http.StatusAccepted).field("id").(string)
	answer := func(body string) *reply { return ws1.call(http.MethodPost, "/runs/"+id+"/answer", body) }
	answer(`{"decision":"retry"}`).refused(http.StatusConflict, "not_waiting")
	fleet := g.store.Fleet()
	claims, err := fleet.ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	waits := func(seq int, node string) run.Record {
		data, err := json.Marshal(run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.OutcomeUnknown})
		must(t, err)
		return run.Record{Seq: seq, Epoch: lease.Epoch, At: time.Now(), Type: run.Waiting, Node: node, Data: data}
	}
	must(t, fleet.Append(t.Context(), lease, []run.Record{waits(1, "pay"), waits(2, "ship")}))
	must(t, fleet.Wait(t.Context(), lease, run.OutcomeUnknown, 0, nil))

	if got := ws1.ok(http.MethodGet, "/runs/"+id, ""); got.field("requires_input") != true || got.field("status_reason") != "outcome_unknown" {
		t.Error(got.body)
	}
	for body, path := range map[string]string{
		`{"decision":"maybe"}`:                "decision",
		`{"decision":"retry","output":1}`:     "output",
		`{"decision":"retry"}`:                "node",
		`{"decision":"retry","node":"dance"}`: "node",
	} {
		if got := answer(body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{path}) {
			t.Errorf("%s: wrong at %v", body, got)
		}
	}
	if got := answer(`{"decision":"happened","node":"ship","output":{"ok":true}}`).is(http.StatusAccepted); got.field("status") != "pending" {
		t.Error(got.body)
	}
	answer(`{"decision":"happened","node":"ship"}`).refused(http.StatusUnprocessableEntity, "invalid")
	if e := ws1.audited("action=run.answer"); len(e) != 1 || e[0].Object != "run/"+id || len(e[0].Changes) != 3 || e[0].Changes[1]["after"] != "happened" {
		t.Errorf("recorded %+v", e)
	}
	asks, _, err := ws1.store.Asks(t.Context(), store.AskFilter{Run: lease.Run, Status: store.AskAnswered}, store.Page{})
	must(t, err)
	if len(asks) != 1 || asks[0].Step.Node != "ship" || asks[0].Answer.By != "key:admin" || canonical(asks[0].Answer.Output) != `{"ok":true}` {
		t.Errorf("%+v", asks)
	}
}

func TestLargeResultsAreLeftOutOfListsAndToldAlone(t *testing.T) {
	t.Parallel()
	_, ws1, ws2 := onSQLite(t)
	id := ws1.started()
	large := strings.Repeat("x", 70<<10)
	data := json.RawMessage(`{"kind":"tool","output":"` + large + `","usage":{"tool_calls":1}}`)
	begun := json.RawMessage(`{"kind":"tool","input":{"n":1}}`)
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted},
		run.Record{Type: run.StepStarted, Node: "other", Data: begun}, run.Record{Type: run.StepStarted, Node: "get", Data: begun}, run.Record{Type: run.StepCompleted, Node: "get", Data: data})
	type shown struct {
		Seq, Apart int
		Status     string
		Input      map[string]any
		Output     *string
	}
	var steps struct{ Items []shown }
	ws1.ok(http.MethodGet, "/runs/"+id+"/steps", "").into(&steps)
	listed := steps.Items[1]
	if listed.Seq != 2 || listed.Apart != len(data) || listed.Output != nil || listed.Status != "completed" || listed.Input["n"] != 1.0 {
		t.Errorf("%+v", listed)
	}
	var alone shown
	ws1.ok(http.MethodGet, "/runs/"+id+"/steps/2", "").into(&alone)
	if alone.Output == nil || *alone.Output != large || alone.Apart != 0 || alone.Status != "completed" || alone.Input["n"] != 1.0 {
		t.Errorf("alone it has %d bytes apart and is %s", alone.Apart, alone.Status)
	}
	for _, seq := range []string{"0", "3", "4", "-1", "x", "99999999999999999999"} { // 3 is not its first record
		ws1.call(http.MethodGet, "/runs/"+id+"/steps/"+seq, "").refused(http.StatusNotFound, "not_found")
	}
	ws2.call(http.MethodGet, "/runs/"+id+"/steps/2", "").refused(http.StatusNotFound, "not_found")
	told := ws1.ok(http.MethodGet, "/runs/"+id+"/events", "").body
	if strings.Contains(told, large) || !strings.Contains(told, fmt.Sprintf(`"apart":%d`, len(data))) {
		t.Errorf("the live view has %d bytes", len(told))
	}
}

func TestStepsTellWhatTheyWorkedOn(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.started()
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted},
		run.Record{Type: run.StepStarted, Node: "get", Data: json.RawMessage(`{"kind":"tool"}`)},
		run.Record{Type: run.StepCompleted, Node: "get", Data: json.RawMessage(`{"kind":"tool","output":1,"input":{"url":"x"}}`)},
		run.Record{Type: run.StepStarted, Node: "called", Call: "tool:1:called", Data: json.RawMessage(`{"kind":"tool","input":{"argument":1}}`)},
		run.Record{Type: run.StepFailed, Node: "called", Call: "tool:1:called", Data: json.RawMessage(`{"kind":"tool","code":"node_failed","message":"no","input":{"url":"y"}}`)})
	var steps struct {
		Items []struct{ Input json.RawMessage }
	}
	ws1.ok(http.MethodGet, "/runs/"+id+"/steps", "").into(&steps)
	for i, want := range []string{`{"url":"x"}`, `{"argument":1}`} {
		if got := canonical(steps.Items[i].Input); got != want {
			t.Errorf("step %d worked on %s, want %s", i, got, want)
		}
	}
}
