package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// played is what a replay test looks at in a run.
type played struct {
	ID, Graph, Environment, Message string
	Build                           int
	ThreadID                        string         `json:"thread_id"`
	UserVariables                   map[string]any `json:"user_variables"`
	Tags                            []string
	Status                          string
	Cause                           struct {
		Kind     string
		ReplayOf *string `json:"replay_of"`
		Depth    int
	}
}

func (s *side) played(path, body string, changes ...with) (p played) {
	s.g.t.Helper()
	s.g.do(http.MethodPost, "/api/v1/workspaces/"+s.ws.Name+path, body, append(changes, bearer(s.admin))...).is(http.StatusAccepted).into(&p)
	return p
}

const another = `{
  "nodes": [{"id": "start", "kind": "start"}, {"id": "end", "kind": "end"}],
  "edges": [{"from": "start", "to": "end"}]
}`

func TestReplayStartsWhatWasStartedAndSaysSo(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/triggers/t_manual", `{"kind":"manual","graph":"echo","config":{"message":"as configured","user_variables":{"c":1}}}`)
	first := ws1.played("/triggers/t_manual/run", `{"user_variables":{"a":"1","b":[true]},"tags":["blue","blue","two words"]}`, header("X-Trigger-Depth", "2"))
	if !slices.Equal(first.Tags, []string{"blue", "two words"}) || first.Cause.ReplayOf != nil {
		t.Errorf("%+v", first)
	}
	// What the trigger says and starts by now is not what the run was.
	ws1.made(http.MethodPut, "/graphs/other", another)
	ws1.made(http.MethodPost, "/graphs/other/builds", "")
	ws1.ok(http.MethodPut, "/environments/DEV/assignments/other", `{"build":1}`)
	ws1.ok(http.MethodPut, "/graphs/echo", another)
	ws1.made(http.MethodPost, "/graphs/echo/builds", "")
	ws1.ok(http.MethodPut, "/environments/DEV/assignments/echo", `{"build":2}`)
	ws1.ok(http.MethodPut, "/triggers/t_manual", `{"kind":"manual","graph":"other","config":{"message":"changed"}}`)

	of := "/runs/" + first.ID + "/replay"
	want := first
	want.Cause.Kind, want.Cause.ReplayOf = "replay", &first.ID
	same := func(got played) played { got.ID, got.ThreadID = first.ID, first.ThreadID; return got }
	for _, body := range []string{"", "{}", `{"build":"same"}`} {
		got := ws1.played(of, body)
		if got.ID == first.ID || got.ThreadID == first.ThreadID {
			t.Errorf("%q: it is the first run or its thread: %+v", body, got)
		}
		if d := cmp.Diff(want, same(got)); d != "" {
			t.Errorf("%q: %s", body, d)
		}
	}
	got := ws1.played(of, `{"message":"","user_variables":{"a":2},"tags":[],"build":"current"}`)
	want.Message, want.Tags, want.Graph, want.Build = "", []string{}, "other", 1
	want.UserVariables = map[string]any{"a": 2.0, "b": []any{true}, "c": 1.0}
	if d := cmp.Diff(want, same(got)); d != "" {
		t.Error(d)
	}
	if again := ws1.played("/runs/"+got.ID+"/replay", "{}"); *again.Cause.ReplayOf != got.ID || again.Cause.Depth != 2 {
		t.Errorf("a replay of a replay: %+v", again)
	}
	if deeper := ws1.played(of, "{}", header("X-Trigger-Depth", "4")); deeper.Cause.Depth != 4 {
		t.Errorf("a run that replays is no link of its chain: %+v", deeper)
	}
}

func TestRepeatedReplayIsTheSameRun(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	key := header("Idempotency-Key", "once")
	first := ws1.played("/triggers/t_echo/run", `{"message":"hi"}`, key)
	one := ws1.played("/runs/"+first.ID+"/replay", "", key)
	two := ws1.played("/runs/"+first.ID+"/replay", "", key)
	if one.ID != two.ID || one.ID == first.ID {
		t.Errorf("runs %s, %s and %s", first.ID, one.ID, two.ID)
	}
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/runs/"+first.ID+"/replay", `{"build":"current"}`, key, bearer(ws1.admin)).
		refused(http.StatusUnprocessableEntity, "idempotency_conflict")
	if other := ws1.played("/runs/"+one.ID+"/replay", "", key); other.ID == one.ID || other.ID == first.ID {
		t.Errorf("the key of another run's replay gave %s", other.ID)
	}
}

func TestReplayIsRefusedWhereAStartWouldBe(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	replay := func(body string) *reply { return ws1.call(http.MethodPost, "/runs/"+id+"/replay", body) }
	for body, path := range map[string]string{
		`{"build":"draft"}`:                                "build",
		`{"user_variables":{"a.b":1}}`:                     "user_variables",
		`{"tags":[""]}`:                                    "tags[0]",
		`{"tags":["ok","a,b"]}`:                            "tags[1]",
		`{"tags":["` + strings.Repeat("t", 65) + `"]}`:     "tags[0]",
		`{"tags":["x"` + strings.Repeat(`,"x"`, 20) + `]}`: "tags",
	} {
		if got := replay(body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{path}) {
			t.Errorf("%s: wrong at %v", body, got)
		}
	}
	replay(`{"form":"echo"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
	replay(`{"from":"failed"}`).refused(http.StatusConflict, "conflict") // it goes on
	g.do(http.MethodPost, "/api/v1/workspaces/ws1/runs/"+id+"/replay", "", bearer(ws1.plain)).is(http.StatusAccepted)
	ws1.ok(http.MethodPost, "/triggers/t_echo/pause", "")
	replay("").refused(http.StatusConflict, "trigger_paused")
	ws1.ok(http.MethodPost, "/triggers/t_echo/resume", "")
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":true}`)
	replay("").refused(http.StatusConflict, "trigger_paused")
	ws1.ok(http.MethodPatch, "", `{"triggers_paused":false,"limits":{"running":1,"pending":1}}`)
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted})
	before := ws1.runs()
	replay("").is(http.StatusAccepted)
	replay("").refused(http.StatusTooManyRequests, "queue_full")
	ws1.call(http.MethodDelete, "/triggers/t_echo", "").is(http.StatusNoContent)
	replay("").refused(http.StatusConflict, "conflict")
	for _, unknown := range []string{uuid.NewString(), "x"} {
		ws1.call(http.MethodPost, fmt.Sprintf("/runs/%s/replay", unknown), "").refused(http.StatusNotFound, "not_found")
	}
	if n := ws1.runs(); n != before+1 {
		t.Errorf("%d runs, want %d", n, before+1)
	}
}

func TestReplayFromTheMiddleSaysWhereItBegins(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	completed := run.Record{Type: run.StepCompleted, Node: "echo", Data: json.RawMessage(`{"output":{"answer":"hi"},"kind":"transform"}`)}
	id := ws1.started()
	ws1.end(run.Background, run.Outcome{Status: run.StatusFailed, ErrorCode: run.NodeFailed, Error: "no"}, completed)
	of := "/runs/" + id + "/replay"
	for from, want := range map[string]string{"failed": "failed", "echo": "echo"} {
		var p struct{ Cause struct{ From *string } }
		ws1.call(http.MethodPost, of, `{"from":"`+from+`"}`).is(http.StatusAccepted).into(&p)
		if p.Cause.From == nil || *p.Cause.From != want {
			t.Errorf("%s: %+v", from, p)
		}
	}
	for from, says := range map[string]string{"dance": "has no node", "end": "has not run in that run"} {
		got := ws1.call(http.MethodPost, of, `{"from":"`+from+`"}`)
		if paths := got.refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(paths, []string{"from"}) || !strings.Contains(got.body, says) {
			t.Errorf("%s: %s", from, got.body)
		}
	}
	key := header("Idempotency-Key", "once")
	ws1.played(of, `{"from":"echo"}`, key)
	g.do(http.MethodPost, "/api/v1/workspaces/ws1"+of, "", key, bearer(ws1.admin)).refused(http.StatusUnprocessableEntity, "idempotency_conflict")

	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted})
	for _, r := range ws1.ids("?status=completed") {
		ws1.call(http.MethodPost, "/runs/"+r+"/replay", `{"from":"failed"}`).refused(http.StatusConflict, "conflict")
	}
}

// What a person decided in a run holds for that run: who may only start things
// cannot begin behind the decision with something else.
func TestOnlyWhoMayAnswerBeginsBehindADecision(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	decided := run.Record{Type: run.StepCompleted, Node: "echo", Data: json.RawMessage(`{"output":{"answer":"yes"},"kind":"human"}`)}
	ws1.end(run.Background, run.Outcome{Status: run.StatusFailed, ErrorCode: run.NodeFailed, Error: "no"}, decided)
	of := "/api/v1/workspaces/ws1/runs/" + id + "/replay"
	for body, status := range map[string]int{
		"": http.StatusAccepted,
		`{"message":"other","user_variables":{"a":1}}`:     http.StatusAccepted,
		`{"from":"failed"}`:                                http.StatusAccepted,
		`{"from":"failed","build":"same","tags":["x"]}`:    http.StatusAccepted,
		`{"from":"failed","message":""}`:                   http.StatusForbidden,
		`{"from":"failed","user_variables":{"version":2}}`: http.StatusForbidden,
		`{"from":"failed","build":"current"}`:              http.StatusForbidden,
		`{"from":"echo"}`:                                  http.StatusForbidden,
	} {
		g.do(http.MethodPost, of, body, bearer(ws1.plain)).is(status)
		g.do(http.MethodPost, of, body, bearer(ws1.admin)).is(http.StatusAccepted)
	}
}
