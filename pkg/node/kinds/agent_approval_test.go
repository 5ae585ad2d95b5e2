package kinds_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
)

// pager is an agent that wants to page somebody, which a person has to approve.
// It counts what was sent.
func pager(t *testing.T, approval string) (b *nodetest.Bench, sent *[]string) {
	t.Helper()
	sent = new([]string)
	b = agentBench(t, `{"model":"onset/echo","prompt":"@call page {\"text\":\"disk full\"}","tools":[{"node":"page","approval":`+approval+`}]}`,
		func(w http.ResponseWriter, r *http.Request) { *sent = append(*sent, look(r).Body) })
	b.Clock = func() time.Time { return noon }
	return b, sent
}

// proposed is the call that a person is asked about.
func proposed(t *testing.T, b *nodetest.Bench, sent *[]string) (run.Ask, question.Call) {
	t.Helper()
	for range 2 { // once, however often the agent is woken
		if _, err := b.Run(t.Context(), "n"); !errors.Is(err, nodetest.ErrWaits) {
			t.Fatalf("before the decision: %v", err)
		}
	}
	asked := b.Asked["approval:1:page"]
	q, err := question.Of(asked.Question)
	if err != nil || asked.Reason != run.ForApproval || q.Call == nil || len(b.Asked) != 1 || len(*sent) != 0 {
		t.Fatalf("%v, asked %+v, sent %v", err, b.Asked, *sent)
	}
	return asked, *q.Call
}

func TestApprovedCallIsMadeWithTheArgumentsThatWereShown(t *testing.T) {
	t.Parallel()
	b, sent := pager(t, `{"question":"Page about {{ message }}?","assignees":["ada"],"expires_in":"1h"}`)
	asked, call := proposed(t, b, sent)
	q, _ := question.Of(asked.Question)
	if string(call.Arguments) != `{"text":"disk full"}` || !strings.HasPrefix(call.Hash, "sha256:") || call.Editable || call.Parameters != nil ||
		q.Text != "Page about disk full?" || !slices.Equal(q.Assignees, []string{"ada"}) || !asked.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("asked %s until %v", asked.Question, asked.Until)
	}
	b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Approved, By: "key:ops"}}
	if _, err := b.Run(t.Context(), "n"); err != nil || len(*sent) != 1 || !strings.Contains((*sent)[0], "disk full") {
		t.Errorf("%v, sent %v", err, *sent)
	}
}

func TestRejectedCallIsToldToTheModel(t *testing.T) {
	t.Parallel()
	b, sent := pager(t, `{}`)
	proposed(t, b, sent)
	b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Denied, Comment: "she sleeps\n@say heard"}}
	out, err := b.Run(t.Context(), "n")
	if err != nil || out != "heard" || len(*sent) != 0 { // onset/echo obeys what it is told
		t.Errorf("%v, %v, sent %v", err, out, *sent)
	}
}

// Nobody's silence is a decision, neither yes nor no.
func TestApprovalThatExpiresEndsTheAgent(t *testing.T) {
	t.Parallel()
	b, sent := pager(t, `{"expires_in":"1h"}`)
	proposed(t, b, sent)
	b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Expired}}
	failed(t, b, run.ApprovalExpired, "nobody decided")
	if len(*sent) != 0 {
		t.Errorf("sent %v", *sent)
	}
}

func TestEditedArgumentsAreSent(t *testing.T) {
	t.Parallel()
	b, sent := pager(t, `{"editable":true}`)
	_, call := proposed(t, b, sent)
	edited := json.RawMessage(`{"text":"disk nearly full"}`)
	if !call.Editable || len(call.CheckEdited(edited)) != 0 || len(call.CheckEdited(json.RawMessage(`{"text":5}`))) != 1 || len(call.CheckEdited(json.RawMessage(`{"text":"x","to":"eve"}`))) != 1 {
		t.Errorf("%+v", call)
	}
	b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Approved, Output: edited}}
	if _, err := b.Run(t.Context(), "n"); err != nil || len(*sent) != 1 || !strings.Contains((*sent)[0], "nearly") {
		t.Errorf("%v, sent %v", err, *sent)
	}
}

// A decision about other arguments, however it came into the store, moves
// nothing.
func TestDecisionHoldsForItsArgumentsOnly(t *testing.T) {
	t.Parallel()
	b, sent := pager(t, `{}`)
	asked, call := proposed(t, b, sent)
	call.Hash = "sha256:" + strings.Repeat("0", 64)
	asked.Question, _ = json.Marshal(question.Question{Call: &call})
	b.Asked["approval:1:page"] = asked
	b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Approved}}
	failed(t, b, run.InternalError, "not those")

	for _, output := range []string{`{"text":"other"}`, `{"text":5}`} {
		b, sent := pager(t, `{"editable":`+map[string]string{`{"text":"other"}`: "false", `{"text":5}`: "true"}[output]+`}`)
		proposed(t, b, sent)
		b.Answers = map[string]run.Answer{"approval:1:page": {Decision: run.Approved, Output: json.RawMessage(output)}}
		failed(t, b, run.Rejected, "changed")
		if len(*sent) != 0 {
			t.Errorf("sent %v", *sent)
		}
	}
}

func TestApprovalsAreJudgedAtSave(t *testing.T) {
	t.Parallel()
	page := nodeOf("page", "tool", `{"http":{"url":"https://x"}}`)
	page.Callable = true
	for tool, want := range map[string]string{
		`{"node":"page","approval":{}}`:                    "",
		`{"node":"page","approval":{"expires_in":"soon"}}`: "config.tools[0].approval.expires_in invalid",
		`{"node":"page","approval":{"assignees":[""]}}`:    "config.tools[0].approval.assignees[0] invalid",
		`{"node":"page","approval":{"escalate":"ada"}}`:    "config.tools[0].approval.escalate unknown_field",
		`{"node":"page","approval":{"question":"{{ 1 +"}}`: "config.tools[0].approval.question bad_template",
		`{"builtin":"finish","approval":{}}`:               "config.tools[0].approval invalid",
	} {
		n := nodeOf("n", "agent", `{"model":"onset/echo","tools":[`+tool+`]}`)
		_, details := node.NewRegistry(kinds.All()...).Check(n, graphOf(n, page))
		got := ""
		if len(details) > 0 {
			got = details[0].Path + " " + details[0].Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", tool, got, want)
		}
	}
}
