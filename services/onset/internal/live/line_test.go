package live

import (
	"encoding/json"
	"testing"

	"github.com/onsethq/onset/pkg/client"
)

func sent(name, data string) client.RunEvent {
	return client.RunEvent{Name: name, Raw: json.RawMessage(data)}
}

func TestEveryEventIsALineThatSaysWhatHappened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, want string }{
		{"run.accepted", `{"graph":"echo","build":3,"environment":"DEV","trigger":"greet","cause":{"kind":"api"}}`, "run           accepted: echo build 3 in DEV, by greet (api)"},
		{"run.accepted", `{"graph":"echo","build":3,"environment":"DEV","cause":{"kind":"manual","replay_of":"an-id"}}`, "run           accepted: echo build 3 in DEV, by manual, replay of an-id"},
		{"run.started", `{"epoch":1}`, "run           started"},
		{"run.resumed", `{"epoch":2}`, "run           resumed by another worker, attempt 2"},
		{"run.waiting", `{"reason":"input"}`, "run           waits: input"},
		{"run.completed", `{"status":"completed","status_reason":""}`, "run           completed"},
		{"run.failed", `{"status":"failed","status_reason":"node_failed","error":"boom"}`, "run           failed (node_failed): boom"},
		{"run.cancelled", `{"status":"cancelled","status_reason":"requested"}`, "run           cancelled (requested)"},
		{"node.started", `{"node_id":"triage","kind":"agent"}`, "triage        started"},
		{"node.started", `{"node_id":"page","iteration":2}`, "page[2]       started"},
		{"node.completed", `{"node_id":"a-node-with-a-long-name","warnings":["vars.x is missing"]}`, "a-node-with-a-long-name  completed (warning: vars.x is missing)"},
		{"node.failed", `{"node_id":"triage","error":"no answer"}`, "triage        failed: no answer"},
		{"node.retrying", `{"node_id":"triage","try":1,"after_ms":1500,"error":"no answer"}`, "triage        try 1 failed: no answer; again in 1.5s"},
		{"node.progress", `{"node_id":"triage","call":"model:2","status":"started"}`, "triage        model:2 started"},
		{"node.progress", `{"node_id":"ask","status":"answered","decision":"approve"}`, "ask           answered approve"},
		{"node.progress", `{"node_id":"import","level":"info","message":"page 3 of 40","done":3,"total":40}`, "import        page 3 of 40"},
		{"node.progress", `{"node_id":"import","done":3,"total":40}`, "import        3 of 40"},
		{"tool.called", `{"node_id":"triage","call":"tool:3:page"}`, "triage        calls page"},
		{"tool.returned", `{"node_id":"triage","call":"tool:3:page","status":"failed","error":"busy"}`, "triage        page failed: busy"},
		{"log", `{"node_id":"triage","level":"info","message":"turn 1"}`, "triage        info: turn 1"},
		{"node.skipped", `{"node_id":"ticket"}`, "ticket        skipped"},
		{"run.blessed", `{}`, "run           blessed"},
		{"log", `{"level":"warn","message":"a\u001b[2Jb\nc"}`, "run           warn: a[2Jb c"},
	} {
		e, err := Read(sent(c.name, `{"at":"2026-03-29T07:00:00.012Z",`+c.data[1:]))
		if c.data == `{}` {
			e, err = Read(sent(c.name, `{"at":"2026-03-29T07:00:00.012Z"}`))
		}
		if want := "07:00:00.012Z  " + c.want; err != nil || e.Line() != want {
			t.Errorf("%s: %v\n%q, want\n%q", c.name, err, e.Line(), want)
		}
	}
	if _, err := Read(sent("log", `{"at":7}`)); err == nil {
		t.Error("an event of another shape is read")
	}
}
