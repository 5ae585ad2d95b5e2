package native

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

func TestRecordsAreShownAsEvents(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 29, 7, 0, 0, 0, time.UTC)
	const head = `{"run_id":"00000000-0000-0000-0000-000000000000","seq":7,"at":"2026-03-29T07:00:00.000Z","epoch":2,"node_id":`
	for _, c := range []struct {
		kind             run.RecordType
		node, call, data string
		name, document   string
	}{
		{run.RunStarted, "", "", ``, "run.started", `null}`},
		{run.RunResumed, "", "", ``, "run.resumed", `null}`},
		{run.StepStarted, "a", "", `{"kind":"tool","input":{"x": 1}}`, "node.started", `"a","iteration":0,"kind":"tool","input":{"x":1}}`},
		{run.StepStarted, "a", "tool:1:look", `{"kind":"tool","input":1}`, "tool.called", `"a","iteration":0,"call":"tool:1:look","kind":"tool","input":1}`},
		{run.StepStarted, "a", "model:1", `{}`, "node.progress", `"a","iteration":0,"call":"model:1","status":"started"}`},
		{run.StepCompleted, "a", "", `{"output":"<b>","kind":"tool","vars":{"v":1},"usage":{"tool_calls":1},"warnings":["w"]}`, "node.completed",
			`"a","iteration":0,"kind":"tool","output":"\u003cb\u003e","variables":{"v":1},"warnings":["w"],"usage":{"model_calls":0,"tool_calls":1,"input_tokens":0,"output_tokens":0,"usd":0}}`},
		{run.StepCompleted, "a", "", `{"output":1,"failure":{"code":"expression_failed","message":"no"}}`, "node.completed", `"a","iteration":0,"output":1,"error":"no","error_code":"expression_failed"}`},
		{run.StepCompleted, "a", "tool:1:look", `{"output":1}`, "tool.returned", `"a","iteration":0,"call":"tool:1:look","output":1,"status":"completed"}`},
		{run.StepFailed, "a", "", `{"code":"node_failed","message":"no"}`, "node.failed", `"a","iteration":0,"error":"no","error_code":"node_failed"}`},
		{run.StepFailed, "a", "tool:1:look", `{"code":"node_failed","message":"no"}`, "tool.returned", `"a","iteration":0,"call":"tool:1:look","status":"failed","error":"no","error_code":"node_failed"}`},
		{run.StepRetrying, "a", "", `{"try":1,"error":"502","after_ms":900}`, "node.retrying", `"a","iteration":0,"try":1,"after_ms":900,"error":"502"}`},
		{run.Waiting, "a", "", `{"id":"0199c0de-0000-7000-8000-000000000002","reason":"input","question":{"text":"Go on?"}}`, "run.waiting",
			`"a","iteration":0,"reason":"input","ask":"0199c0de-0000-7000-8000-000000000002","message":"Go on?"}`},
		{run.Answered, "a", "", `{"decision":"happened","output":1}`, "node.progress", `"a","iteration":0,"output":1,"decision":"happened","status":"answered"}`},
		{run.LogLine, "a", "", `{"level":"info","message":"hi"}`, "log", `"a","iteration":0,"level":"info","message":"hi"}`},
		{run.LogLine, "a", "", `{"level":"info","message":"3 of 4","done":3,"total":4}`, "node.progress", `"a","iteration":0,"level":"info","message":"3 of 4","done":3,"total":4}`},
	} {
		e, ok, err := eventOf(uuid.Nil, run.Record{Seq: 7, Epoch: 2, At: at, Type: c.kind, Node: c.node, Call: c.call, Data: json.RawMessage(c.data)})
		if !slices.Contains(eventTypes, c.name) {
			t.Errorf("nobody can ask for %s", c.name)
		}
		if err != nil || !ok {
			t.Errorf("%s %s: shown %v, %v", c.kind, c.call, ok, err)
			continue
		}
		text, err := json.Marshal(e.document)
		if err != nil || e.name != c.name || string(text) != head+c.document {
			t.Errorf("%s %s:\ngot  %s %s %v\nwant %s %s", c.kind, c.call, e.name, text, err, c.name, head+c.document)
		}
	}
	if _, ok, err := eventOf(uuid.Nil, run.Record{Seq: 7, Type: "of.tomorrow", Data: json.RawMessage(`7`)}); ok || err != nil {
		t.Errorf("a record of a newer worker is shown (%v, %v)", ok, err)
	}
	if _, _, err := eventOf(uuid.Nil, run.Record{Seq: 7, Type: run.LogLine, Data: json.RawMessage(`7`)}); err == nil {
		t.Error("a record that does not read is shown")
	}
}
