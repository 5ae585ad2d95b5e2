package kinds_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
)

// noon is when the tests of waiting take place.
var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// waiting runs a node that waits, up to its question, and gives what it asked.
func waiting(t *testing.T, b *nodetest.Bench, call string) run.Ask {
	t.Helper()
	b.Clock = func() time.Time { return noon }
	if _, err := b.Run(t.Context(), "n"); !errors.Is(err, nodetest.ErrWaits) {
		t.Fatalf("before the answer: %v", err)
	}
	asked := b.Asked[call]
	b.Clock = func() time.Time { return noon.Add(24 * time.Hour) } // whatever passes meanwhile
	if _, err := b.Run(t.Context(), "n"); !errors.Is(err, nodetest.ErrWaits) {
		t.Fatalf("woken without an answer: %v", err)
	}
	if d := cmp.Diff(asked, b.Asked[call]); d != "" {
		t.Errorf("it was asked again: %s", d)
	}
	return asked
}

func TestWaitEndsAtTheMomentOfItsFirstAttempt(t *testing.T) {
	t.Parallel()
	for config, until := range map[string]time.Time{
		`{"for":"90m"}`:                           noon.Add(90 * time.Minute),
		`{"for":"{{ vars.n }}h"}`:                 noon.Add(7 * time.Hour),
		`{"until":"2026-03-30T07:00:00+02:00"}`:   time.Date(2026, 3, 30, 5, 0, 0, 0, time.UTC),
		`{"until":"2026-03-{{ vars.n }}T07:00Z"}`: {},
	} {
		b := bench("wait", config)
		if until.IsZero() {
			failed(t, b, run.ExpressionFailed, "config.until")
			continue
		}
		asked := waiting(t, b, "timer:1")
		if asked.Reason != run.ForTimer || asked.Until == nil || !asked.Until.Equal(until) {
			t.Errorf("%s: waits for %+v, want until %v", config, asked, until)
		}
		b.Answers = map[string]run.Answer{"timer:1": {Decision: run.Expired}}
		out, err := b.Run(t.Context(), "n")
		if d := cmp.Diff(map[string]any{"until": until.Format(time.RFC3339)}, out); d != "" || err != nil {
			t.Errorf("%s: %v, %s", config, err, d)
		}
	}
	b := bench("wait", `{"until":"2027-01-01T00:00:00Z"}`)
	b.Clock = func() time.Time { return noon }
	failed(t, b, run.ExpressionFailed, "at most")
}

// failed demands how a node fails.
func failed(t *testing.T, b *nodetest.Bench, code run.ErrorCode, says string) {
	t.Helper()
	_, err := b.Run(t.Context(), "n")
	var e *node.Error
	if !errors.As(err, &e) || e.Code != code || !e.Permanent || !strings.Contains(e.Message, says) {
		t.Errorf("got %v, want %s that says %q", err, code, says)
	}
}

func TestHumanIsAskedOnceAndGivesTheAnswerOn(t *testing.T) {
	t.Parallel()
	b := bench("human", `{"question":"Is {{ message }} bad?","options":["yes","{{ vars.n }} percent","no"],"assignees":["ada","{{ vars.who }}"],"expires_in":"{{ vars.n }}h"}`)
	asked := waiting(t, b, "ask:1")
	q, err := question.Of(asked.Question)
	want := question.Question{Text: "Is disk full bad?", Options: []string{"yes", "7 percent", "no"}, Assignees: []string{"ada"}}
	if d := cmp.Diff(want, q); d != "" || err != nil || asked.Reason != run.ForInput || !asked.Until.Equal(noon.Add(7*time.Hour)) {
		t.Errorf("%v, asked %s, %+v", err, d, asked)
	}
	b.Answers = map[string]run.Answer{"ask:1": {
		Decision: run.Given, Output: json.RawMessage(`"yes"`), By: "key:ops", Comment: "very", Variables: map[string]json.RawMessage{"x": json.RawMessage(`1`)},
	}}
	out, err := b.Run(t.Context(), "n")
	if d := cmp.Diff(map[string]any{"answer": "yes", "by": "key:ops", "comment": "very", "expired": false, "variables": map[string]any{"x": 1.0}}, out); d != "" || err != nil {
		t.Errorf("%v, output %s", err, d)
	}
}

// Silence is an answer only where the author has said which.
func TestSilenceNeverGoesOnByItself(t *testing.T) {
	t.Parallel()
	expired := map[string]run.Answer{"ask:1": {Decision: run.Expired}}
	for _, config := range []string{`{"question":"?","expires_in":"1h"}`, `{"question":"?","expires_in":"1h","on_expire":"fail"}`} {
		b := bench("human", config)
		waiting(t, b, "ask:1")
		b.Answers = expired
		failed(t, b, run.ApprovalExpired, "nobody answered")
	}
	b := bench("human", `{"question":"?","options":["yes","no"],"expires_in":"1h","on_expire":"default","default":"no"}`)
	waiting(t, b, "ask:1")
	b.Answers = expired
	out, err := b.Run(t.Context(), "n")
	if d := cmp.Diff(map[string]any{"answer": "no", "by": "", "comment": "", "expired": true, "variables": map[string]any{}}, out); d != "" || err != nil {
		t.Errorf("%v, output %s", err, d)
	}
	asked := waiting(t, bench("human", `{"question":"?","expires_in":"1h","on_expire":"keep_waiting"}`), "ask:1")
	if q, err := question.Of(asked.Question); err != nil || asked.Until != nil || !q.DueAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%v, %+v, due %v: it waits for ever and says since when", err, asked, q.DueAt)
	}
	if asked := waiting(t, bench("human", `{"question":"?"}`), "ask:1"); asked.Until != nil {
		t.Errorf("a question without an end ends at %v", asked.Until)
	}
}

func TestHumanRefusesWhatNobodyCouldAnswer(t *testing.T) {
	t.Parallel()
	b := bench("human", `{"question":"?","options":["{{ vars.n }}"],"expires_in":"1h","on_expire":"default","default":"8"}`)
	failed(t, b, run.ExpressionFailed, "config.default")
	b = bench("human", `{"question":"{{ message }}"}`)
	b.Scope["message"] = strings.Repeat("x", 64<<10+1)
	failed(t, b, run.LimitExceeded, "config.question")
}

const callsBack = `{"http":{"method":"POST","url":"{{ env.API }}/jobs","json":{"reply_to":"{{ callback.url }}"}},"timeout":"1h"}`

func TestCallbackIsCalledOnceAndAnsweredAtItsAddress(t *testing.T) {
	t.Parallel()
	var calls []seen
	b := callbackBench(t, callsBack, func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, look(r))
		w.WriteHeader(http.StatusAccepted)
		w.Write([]byte("will post to " + calls[0].Body))
	})
	asked := waiting(t, b, "callback:1")
	if len(calls) != 1 || asked.Reason != run.ForCallback || !asked.Until.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%d calls, asked %+v", len(calls), asked)
	}
	address := "https://onset.example/callbacks/" + asked.ID.String() + "/the-token-of-it"
	if want := `{"reply_to":"` + address + `"}`; calls[0].Body != want || calls[0].Header.Get("Idempotency-Key") != "run/n/0/tool:1:call" {
		t.Errorf("called with %s and %v", calls[0].Body, calls[0].Header)
	}
	b.Answers = map[string]run.Answer{"callback:1": {Decision: run.Given, Output: json.RawMessage(`{"done":true}`), By: "callback"}}
	out, err := b.Run(t.Context(), "n")
	raw, _ := json.Marshal(out)
	if err != nil || !strings.Contains(string(raw), `"body":{"done":true}`) || !strings.Contains(string(raw), `"status":202`) || len(calls) != 1 {
		t.Errorf("%v, %s after %d calls", err, raw, len(calls))
	}
	shown, _ := json.Marshal(b.Inputs)
	if strings.Contains(string(raw)+string(shown), "the-token-of-it") || !strings.Contains(string(shown), "[callback]") {
		t.Errorf("the address is in the journal: %s, %s", raw, shown)
	}
}

func TestCallbackThatIsNotAnsweredFails(t *testing.T) {
	t.Parallel()
	b := callbackBench(t, callsBack, func(http.ResponseWriter, *http.Request) {})
	waiting(t, b, "callback:1")
	b.Answers = map[string]run.Answer{"callback:1": {Decision: run.Expired}}
	failed(t, b, run.NodeFailed, "within 1h")
	b = callbackBench(t, callsBack, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	failed(t, b, run.NodeFailed, "answered 403")
}

func callbackBench(t *testing.T, config string, h http.HandlerFunc) *nodetest.Bench {
	t.Helper()
	b := toolBench(t, config, h)
	b.Graph = graphOf(nodeOf("n", "callback", config))
	return b
}

// What a node that waits cannot mean is refused at save.
func TestTimeoutsAndRetriesMeanNothingToWhoWaits(t *testing.T) {
	t.Parallel()
	for kind, field := range map[string]string{"wait": "config.for", "human": "config.expires_in"} {
		n := nodeOf("n", kind, good[kind])
		n.Timeout, n.Retry = graph.Duration(time.Hour), &graph.Retry{Repeat: graph.RepeatNever}
		_, details := node.NewRegistry(kinds.All()...).Check(n, graphOf(n))
		if len(details) != 2 || details[0].Path != "timeout" || !strings.Contains(details[0].Message, field) || details[1].Path != "retry" {
			t.Errorf("%s: %+v", kind, details)
		}
	}
	n := nodeOf("n", "callback", good["callback"])
	n.Timeout, n.Retry = graph.Duration(time.Hour), &graph.Retry{Repeat: graph.RepeatNever}
	if _, details := node.NewRegistry(kinds.All()...).Check(n, graphOf(n)); len(details) != 0 {
		t.Errorf("callback: %+v", details)
	}
}
