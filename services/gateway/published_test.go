package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// answer is a published body, byte for byte.
func answer(id uuid.UUID, response, status, logs, requiresInput, err string) string {
	return fmt.Sprintf(`{"workflow_id":%q,"response":%s,"status":%q,"logs":%s,"requires_input":%s,"error":%s}`,
		id, strings.ReplaceAll(response, "<id>", id.String()), status, logs, requiresInput, err)
}

func TestBackgroundStartAndStatus(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	for _, prefix := range []string{"/trigger", "/api/v1/ai/trigger"} {
		got := g.do(http.MethodPost, prefix+"/start/ws1/t_echo/DEV", `{"message":"go","user_variables":{"a":"1"}}`, bearer(ws1.plain))
		id := got.workflow()
		pending := answer(id, `{}`, "pending", `[]`, "false", "null")
		got.says(http.StatusOK, pending)
		status := func() *reply {
			return g.do(http.MethodGet, prefix+"/status/ws1/"+id.String(), "", bearer(ws1.plain))
		}
		status().says(http.StatusOK, pending)
		ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"a": "1", "answer": "go"}},
			run.Record{Type: run.RunStarted})
		var done struct {
			Response map[string]any      `json:"response"`
			Status   string              `json:"status"`
			Logs     []map[string]string `json:"logs"`
		}
		status().is(http.StatusOK).into(&done)
		if fmt.Sprint(done.Response) != fmt.Sprint(map[string]any{"a": "1", "answer": "go", "workflow_id": id}) || done.Status != "completed" {
			t.Errorf("%s: %+v", prefix, done)
		}
		if len(done.Logs) != 2 {
			t.Fatalf("%d log lines, want 2: %v", len(done.Logs), done.Logs)
		}
		for i, message := range []string{"Graph execution started", "Graph execution completed successfully"} {
			line := done.Logs[i]
			if _, err := time.Parse("2006-01-02 15:04:05", line["time"]); err != nil || len(line) != 6 || line["message"] != message || line["node_id"] != "flow" {
				t.Errorf("log line %v", line)
			}
		}
	}
}

func TestFailedRunIsAnHTTPSuccess(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "", bearer(ws1.plain)).is(http.StatusOK).workflow()
	ws1.end(run.Background, run.Outcome{Status: run.StatusFailed, Error: "boom", ErrorCode: run.NodeFailed, Response: map[string]any{"half": 1}})
	got := g.do(http.MethodGet, "/trigger/status/ws1/"+id.String(), "", bearer(ws1.plain)).is(http.StatusOK)
	if !strings.HasPrefix(got.body, fmt.Sprintf(`{"workflow_id":%q,"response":{},"status":"failed","logs":[{"time":`, id)) ||
		!strings.HasSuffix(got.body, `,"requires_input":false,"error":"boom"}`) {
		t.Error(got.body)
	}
}

func TestSynchronousCallAnswersWithTheResult(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	go ws1.end(run.Sync, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"key1": "value1", "answer": "start the task"}})
	got := g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{"message":"start the task","user_variables":{"key1":"value1"}}`, bearer(ws1.plain)).is(http.StatusOK)
	id := got.workflow()
	want := map[string]any{"key1": "value1", "answer": "start the task", "workflow_id": id.String()}
	if got.field("status") != "completed" || fmt.Sprint(got.field("response")) != fmt.Sprint(want) {
		t.Error(got.body)
	}
	r, err := ws1.store.Run(t.Context(), id)
	must(t, err)
	if r.Class != run.Sync || r.DeadlineAt == nil || r.DeadlineAt.Sub(r.CreatedAt) != 150*time.Second {
		t.Errorf("class %s, deadline %v", r.Class, r.DeadlineAt)
	}
}

func TestRunThatBeginsToWaitAnswersAtOnce(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	go func() {
		fleet := g.store.Fleet()
		g.eventually(func() bool {
			claims, err := fleet.ClaimReady(t.Context(), run.Sync, "test", 1)
			must(t, err)
			if len(claims) == 0 {
				return false
			}
			must(t, fleet.Wait(t.Context(), run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}, run.OutcomeUnknown, 0, nil))
			return true
		})
	}()
	got := g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`, bearer(ws1.plain))
	got.says(http.StatusOK, answer(got.workflow(), `{}`, "waiting_for_input", `[]`, "true", "null"))
}

func TestSynchronousCallThatNobodyEndsIsPending(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), func(s *boot.Settings) { s.SyncLimit = 100 * time.Millisecond })
	ws1 := g.side("ws1")
	got := g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`, bearer(ws1.plain))
	got.says(http.StatusOK, answer(got.workflow(), `{}`, "pending", `[]`, "false", "null"))
	if got.took < 2*time.Second {
		t.Errorf("gave up after %v; the run's own end has two seconds more than its limit", got.took)
	}
}

func TestStatusOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	theirs := ws2.owned().run
	for _, id := range []string{"does-not-exist", uuid.NewString(), theirs, "urn:uuid:" + theirs, "%00", strings.Repeat("x", 5000)} {
		g.do(http.MethodGet, "/trigger/status/ws1/"+id, "", bearer(ws1.plain)).says(http.StatusNotFound, detail("Workflow not found"))
	}
}

func TestSystemVariablesAreNotTheCallers(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{"user_variables":{"workflow_id":"mine","conversation_history":[1],"n":9007199254740993}}`, bearer(ws1.plain)).is(http.StatusOK).workflow()
	r, err := ws1.store.Run(t.Context(), id)
	must(t, err)
	if fmt.Sprint(r.UserVariables) != "map[n:9007199254740993]" {
		t.Errorf("%v", r.UserVariables)
	}
}

func TestPauseResumeRunNowDelete(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	call := func() *reply { return g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)) }
	id := call().is(http.StatusOK).workflow()
	ws1.ok(http.MethodPost, "/triggers/t_echo/pause", `{"reason":"holidays"}`)
	call().says(http.StatusConflict, detail("Trigger is paused"))
	got := ws1.call(http.MethodPost, "/triggers/t_echo/run", "").is(http.StatusConflict)
	if got.field("code") != "trigger_paused" {
		t.Error(got.body)
	}
	ws1.ok(http.MethodPost, "/triggers/t_echo/resume", "")
	call().is(http.StatusOK)
	ws1.call(http.MethodPost, "/triggers/t_manual/run", `{"message":"now"}`).is(http.StatusAccepted)
	ws1.call(http.MethodDelete, "/triggers/t_echo", "").is(http.StatusNoContent)
	call().says(http.StatusNotFound, detail("Trigger not found"))
	g.do(http.MethodGet, "/trigger/status/ws1/"+id.String(), "", bearer(ws1.plain)).is(http.StatusOK)
	if n := ws1.runs(); n != 3 {
		t.Errorf("%d runs, want 3", n)
	}
}

func TestMistakeOfOursCostsOneAnswer(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	door := doorOf(fresh(g), nil, slow) // without a room the synchronous call panics
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/trigger/ws1/t_echo/DEV", strings.NewReader(`{"message":"do not log me"}`))
	must(t, err)
	bearer(ws1.plain)(r)
	w := &recorder{header: http.Header{}}
	door.Handler().ServeHTTP(w, r)
	want := detail("Process query failed: Internal server error")
	if got := strings.TrimSpace(w.body.String()); w.status != http.StatusInternalServerError || got != want || w.header.Get("X-Error-Code") != "internal" {
		t.Errorf("%d %s", w.status, got)
	}
	if text := g.log.String(); !strings.Contains(text, "panic") || strings.Contains(text, "do not log me") {
		t.Errorf("the log must hold the mistake and never the payload:\n%s", text)
	}
}
