package phinite

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

var (
	id   = uuid.MustParse("01990000-0000-7000-8000-000000000001")
	then = time.Date(2026, 2, 9, 23, 24, 39, 0, time.UTC)
)

func record(seq int, t run.RecordType, node, call string, data any) run.Record {
	raw, _ := json.Marshal(data)
	return run.Record{Seq: seq, At: then, Type: t, Node: node, Call: call, Data: raw}
}

func TestBegunIsPendingAsItIsSent(t *testing.T) {
	t.Parallel()
	want, err := json.Marshal(pending(id))
	if got := begun(id); err != nil || string(got.Body) != string(want)+"\n" || got.ContentType != "application/json" {
		t.Errorf("got %s as %s, want %s, %v", got.Body, got.ContentType, want, err)
	}
}

func TestRunInTheWordsOfTheSurface(t *testing.T) {
	t.Parallel()
	finished := then.Add(22 * time.Second)
	tail := func(message, level, status string) string {
		return `[{"time":"2026-02-09 23:25:01","level":"` + level + `","node_id":"flow","message":"` + message + `","status":"` + status + `","user_logs_type":""}]`
	}
	const head = `{"workflow_id":"01990000-0000-7000-8000-000000000001","response":`
	for name, c := range map[string]struct {
		run  run.Run
		want string
	}{
		"pending":            {run.Run{Status: run.StatusPending}, head + `{},"status":"pending","logs":[],"requires_input":false,"error":null}`},
		"running":            {run.Run{Status: run.StatusRunning, Response: map[string]any{"half": 1}}, head + `{},"status":"pending","logs":[],"requires_input":false,"error":null}`},
		"waiting for a time": {run.Run{Status: run.StatusWaiting, Reason: run.ForTimer}, head + `{},"status":"pending","logs":[],"requires_input":false,"error":null}`},
		"waiting":            {run.Run{Status: run.StatusWaiting, Reason: run.ForInput}, head + `{},"status":"waiting_for_input","logs":[],"requires_input":true,"error":null}`},
		"completed": {
			run.Run{Status: run.StatusCompleted, FinishedAt: &finished, Response: map[string]any{"key1": "value1", "workflow_id": "mine"}},
			head + `{"key1":"value1","workflow_id":"01990000-0000-7000-8000-000000000001"},"status":"completed","logs":` + tail("Graph execution completed successfully", "info", "success") + `,"requires_input":false,"error":null}`,
		},
		"failed": {
			run.Run{Status: run.StatusFailed, FinishedAt: &finished, Response: map[string]any{"a": 1}, Error: "boom", ErrorCode: run.NodeFailed},
			head + `{},"status":"failed","logs":` + tail("Graph execution failed", "error", "failed") + `,"requires_input":false,"error":"boom"}`,
		},
		"failed without a word": {
			run.Run{Status: run.StatusFailed, FinishedAt: &finished, ErrorCode: run.LostWorker},
			head + `{},"status":"failed","logs":` + tail("Graph execution failed", "error", "failed") + `,"requires_input":false,"error":"Execution failed: worker_lost"}`,
		},
		"cancelled": {
			run.Run{Status: run.StatusCancelled, FinishedAt: &finished},
			head + `{},"status":"failed","logs":` + tail("Graph execution cancelled", "error", "failed") + `,"requires_input":false,"error":"Execution was cancelled"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run.ID = id
			got, err := json.Marshal(answerOf(c.run, nil))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLogsAreTheLastFiveLinesWorthTelling(t *testing.T) {
	t.Parallel()
	finished := then.Add(22 * time.Second)
	records := []run.Record{
		record(1, run.RunStarted, "", "", nil),
		record(2, run.StepStarted, "Agent 1", "", run.Begun{Kind: "agent"}),
		record(3, run.StepStarted, "Agent 1", "tool:1:page", run.Begun{}),
		record(4, run.StepCompleted, "Agent 1", "tool:1:page", run.Completed{}),
		record(5, run.StepRetrying, "Agent 1", "model:1", run.Retried{Error: "429"}),
		record(6, run.LogLine, "Agent 1", "", run.Line{Level: "warning", Message: "vars.x is missing"}),
		record(7, run.RunCancelled, "", "", nil),
		record(8, run.StepFailed, "Agent 1", "", run.Failure{Message: strings.Repeat("é", 600)}),
	}
	const at = "2026-02-09 23:24:39"
	want := []entry{
		{at, "tool_call", "Agent 1", "Tool completed", "success", ""},
		{at, "warning", "Agent 1", "Model failed and is tried again: 429", "running", ""},
		{at, "warning", "Agent 1", "vars.x is missing", "running", ""},
		{at, "error", "Agent 1", strings.Repeat("é", 500) + "…", "failed", ""},
		{"2026-02-09 23:25:01", "error", "flow", "Graph execution failed", "failed", ""},
	}
	if d := cmp.Diff(want, logs(run.Run{Status: run.StatusFailed, FinishedAt: &finished}, records)); d != "" {
		t.Error(d)
	}
	want = []entry{
		{at, "info", "flow", "Graph execution started", "running", ""},
		{at, "info", "Agent 1", "Node started", "running", ""},
		{at, "tool_call", "Agent 1", "Tool Invoked with parameters", "running", ""},
	}
	if d := cmp.Diff(want, logs(run.Run{Status: run.StatusRunning}, records[:3])); d != "" {
		t.Error(d)
	}
}
