package model_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// answering is a server that answers everything with the same bytes.
type answering struct {
	kind, body string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {a.kind}},
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}

// streamed asks for an answer piece by piece and gives what was said on the way.
func streamed(t *testing.T, kind, body string) (model.Response, []string, error) {
	t.Helper()
	var said []string
	c := model.OpenAI{BaseURL: "http://m", Model: "m", HTTP: &http.Client{Transport: answering{kind, body}}}
	r, err := c.Complete(t.Context(), model.Request{
		Messages: []model.Message{say(model.User, "four times three")},
		Said:     func(text string) { said = append(said, text) },
	})
	return r, said, err
}

// pieces are chunks of a stream with what ends it.
func pieces(chunks ...string) string {
	return "data: " + strings.Join(append(chunks, "[DONE]"), "\n\ndata: ") + "\n\n"
}

func TestAStreamedAnswerIsPutTogether(t *testing.T) {
	t.Parallel()
	counted := `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}`
	for _, c := range []struct {
		name, kind, body string
		want             model.Response
		said             []string
	}{
		{"Text", "text/event-stream; charset=utf-8",
			pieces(`{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`, `{"choices":[{"delta":{"content":"twe"}}]}`,
				`{"choices":[{"delta":{"content":"lve"}},{"index":1,"delta":{"content":"ignored"}}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, counted),
			model.Response{Message: say(model.Assistant, "twelve"), Usage: run.Usage{ModelCalls: 1, InputTokens: 7, OutputTokens: 3}}, []string{"twe", "lve"}},
		{"Calls", "text/event-stream",
			": hello\n\n" + pieces(`{"id":"c","choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"look"}},{"index":0,"id":"a","function":{"name":"page","arguments":"{\"te"}}]}}]}`,
				`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"xt\":1}"}},{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`, counted),
			model.Response{Message: model.Message{Role: model.Assistant, Calls: []model.ToolCall{{ID: "a", Name: "page", Arguments: `{"text":1}`}, {ID: "b", Name: "look", Arguments: "{}"}}},
				Usage: run.Usage{ModelCalls: 1, InputTokens: 7, OutputTokens: 3}}, nil},
		{"CallsBeyondCounting", "text/event-stream",
			pieces(`{"choices":[{"delta":{"content":"x","tool_calls":[{"index":4000000000,"id":"a"},{"index":-1}]},"finish_reason":"stop"}]}`, counted),
			model.Response{Message: say(model.Assistant, "x"), Usage: run.Usage{ModelCalls: 1, InputTokens: 7, OutputTokens: 3}}, []string{"x"}},
		{"WholeAlthoughAskedToStream", "application/json",
			`{"choices":[{"message":{"content":"twelve","tool_calls":[{"id":"a","function":{"name":"x","arguments":"{}"}},{"id":"b","function":{"name":"y","arguments":"{}"}}]}}],"usage":{"prompt_tokens":7,"completion_tokens":3}}`,
			model.Response{Message: model.Message{Role: model.Assistant, Content: "twelve", Calls: []model.ToolCall{{ID: "a", Name: "x", Arguments: "{}"}, {ID: "b", Name: "y", Arguments: "{}"}}},
				Usage: run.Usage{ModelCalls: 1, InputTokens: 7, OutputTokens: 3}}, []string{"twelve"}},
		{"Uncounted", "text/event-stream", pieces(`{"choices":[{"delta":{"content":"twelve"},"finish_reason":"stop"}]}`),
			model.Response{Message: say(model.Assistant, "twelve"), Usage: run.Usage{ModelCalls: 1, InputTokens: 4, OutputTokens: 2}}, []string{"twelve"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, said, err := streamed(t, c.kind, c.body)
			if d := cmp.Diff(c.want, got); d != "" || err != nil {
				t.Errorf("%v %s", err, d)
			}
			if d := cmp.Diff(c.said, said); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAStreamThatGoesWrongIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind, body string
		class            model.Class
		message          string
	}{
		{"BrokenOff", "text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"twe\"}}]}\n\n", model.Passing, "broke off"},
		{"CutInAPiece", "text/event-stream", "data: {\"choices\":[{\"del", model.Passing, "broke off"},
		{"Throttled", "text/event-stream", pieces(`{"choices":[{"delta":{"content":"twe"}}]}`, `{"error":{"message":"slow down","type":"rate_limit_error"}}`), model.Throttled, "429: slow down"},
		{"Overloaded", "text/event-stream", pieces(`{"error":{"message":"full","type":"overloaded_error"}}`), model.Throttled, "529: full"},
		{"Filtered", "text/event-stream", pieces(`{"choices":[{"delta":{"content":"twe"}}]}`, `{"choices":[{"delta":{},"finish_reason":"content_filter"}]}`), model.Policy, "filtered"},
		{"Refused", "text/event-stream", pieces(`{"choices":[{"delta":{"refusal":"not that"}}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`), model.Policy, "not that"},
		{"TooLarge", "text/event-stream", pieces(`{"choices":[{"delta":{"content":"` + strings.Repeat("x", 1<<20+1) + `"},"finish_reason":"stop"}]}`), model.Refused, "larger than 1 MiB"},
		{"NoChunk", "text/event-stream", pieces(`7`), model.Passing, "no chat completion"},
		{"Page", "text/html", "<html>", model.Passing, "no chat completion"},
		{"Nothing", "application/json", `{"choices":[]}`, model.Passing, "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := streamed(t, c.kind, c.body)
			var e *model.Error
			if !errors.As(err, &e) || e.Class() != c.class || !strings.Contains(e.Message, c.message) {
				t.Errorf("got %v, want %s that says %q", err, c.class, c.message)
			}
		})
	}
}

func TestAConnectionMayWishForWholeAnswers(t *testing.T) {
	t.Parallel()
	p := newProvider(t, 200, nil, `{"choices":[{"message":{"content":"ok"}}]}`)
	chat := p.chat(t).(model.OpenAI)
	for whole, asked := range map[bool]any{true: false, false: true} {
		chat.Whole = whole
		if _, err := chat.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "x")}, Said: func(string) {}}); err != nil {
			t.Fatal(err)
		}
		if p.body["stream"] != asked || (p.body["stream_options"] != nil) == whole {
			t.Errorf("whole %v: asked %v", whole, p.body)
		}
	}
}

// Whatever a server streams, the caller gets an answer or an error.
func FuzzStream(f *testing.F) {
	f.Add("text/event-stream", pieces(`{"choices":[{"delta":{"content":"x","tool_calls":[{"index":2}]},"finish_reason":"stop"}]}`))
	f.Add("application/json", `{"choices":[{"message":{"content":"x"}}]}`)
	f.Add("text/event-stream", `data: {"error":{"code":7}}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		got, _, err := streamed(t, kind, body)
		if (err == nil) == (got.Usage.ModelCalls == 0) {
			t.Errorf("answer %+v, error %v", got, err)
		}
	})
}

// A connection that breaks before the answer costs one question, not two: the
// HTTP client would ask again by itself if it saw the key.
func TestAQuestionIsSentOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Idempotency-Key") != "k" {
			t.Error("the key was lost")
		}
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, `{"choices":[{"message":{"content":"ok"}}]}`)
	}))
	t.Cleanup(s.Close)
	c := model.OpenAI{BaseURL: s.URL, Model: "m", HTTP: s.Client()}
	for _, fails := range []bool{false, true} { // the second goes over the kept connection
		_, err := c.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "x")}, Headers: map[string]string{"Idempotency-Key": "k"}})
		if (err != nil) != fails {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}
