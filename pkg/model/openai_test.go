package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// provider is an OpenAI-compatible server that gives one answer and keeps what
// it was asked.
type provider struct {
	*httptest.Server
	path   string
	header http.Header
	body   map[string]any
}

func newProvider(t *testing.T, code int, header http.Header, answer string) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.path, p.header = r.URL.Path, r.Header
		p.body = nil // not over the one before
		if err := json.NewDecoder(r.Body).Decode(&p.body); err != nil {
			t.Error(err)
		}
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.WriteHeader(code)
		io.WriteString(w, answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) chat(t *testing.T) model.Chat {
	t.Helper()
	client := egress.Door{Allow: []string{strings.TrimPrefix(p.URL, "http://")}}.Client()
	t.Cleanup(client.CloseIdleConnections)
	c, err := model.Open("default", map[string]model.Connection{
		"default": {BaseURL: p.URL + "/v1/", Secret: "OPENAI", Model: "gpt-x", USDPerMTok: [2]float64{2, 8}},
	}, map[string]string{"OPENAI": "sk-test"}, client)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpenAICarriesTheConversationBothWays(t *testing.T) {
	t.Parallel()
	p := newProvider(t, 200, nil, `{"id":"c1","choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","content":"hm\u0000","tool_calls":[
		{"id":"t9","type":"function","function":{"name":"page","arguments":"{\"text\":\"x\"}"}},
		{"type":"function","function":{"name":"page","arguments":"{}"}}]}}],"usage":{"prompt_tokens":1000,"completion_tokens":500}}`)
	zero := 0.0
	got, err := p.chat(t).Complete(t.Context(), model.Request{
		Messages: []model.Message{
			say(model.System, "You triage."), say(model.User, "disk full"),
			{Role: model.Assistant, Calls: []model.ToolCall{{ID: "t1", Name: "page", Arguments: "{}"}}},
			{Role: model.FromTool, CallID: "t1", Content: "paged"},
		},
		Tools:       []model.Tool{{Name: "page", Description: "Page someone", Parameters: json.RawMessage(`{"type":"object"}`)}},
		Temperature: &zero,
		MaxTokens:   77,
		Schema:      json.RawMessage(`{"type":"object"}`),
		Headers:     map[string]string{"Idempotency-Key": "r/n/0/model:1", "X-Run-Epoch": "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := model.Response{
		Message: model.Message{Role: model.Assistant, Content: "hm\uFFFD", Calls: []model.ToolCall{
			{ID: "t9", Name: "page", Arguments: `{"text":"x"}`}, {ID: "c1_2", Name: "page", Arguments: "{}"},
		}},
		Usage: run.Usage{ModelCalls: 1, InputTokens: 1000, OutputTokens: 500, USD: 0.006},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for name, want := range map[string]string{"Authorization": "Bearer sk-test", "Idempotency-Key": "r/n/0/model:1", "X-Run-Epoch": "3"} {
		if p.header.Get(name) != want {
			t.Errorf("header %s = %q, want %q", name, p.header.Get(name), want)
		}
	}
	temperature, sent := p.body["temperature"].(float64)
	if p.path != "/v1/chat/completions" || !sent || temperature > 1e-6 {
		t.Errorf("path %s, temperature %v", p.path, p.body["temperature"])
	}
	delete(p.body, "temperature")
	var wantBody map[string]any
	json.Unmarshal([]byte(`{"model":"gpt-x","stream":false,"max_tokens":77,
		"messages":[{"role":"system","content":"You triage."},{"role":"user","content":"disk full"},
			{"role":"assistant","tool_calls":[{"id":"t1","type":"function","function":{"name":"page","arguments":"{}"}}]},
			{"role":"tool","content":"paged","tool_call_id":"t1"}],
		"tools":[{"type":"function","function":{"name":"page","description":"Page someone","parameters":{"type":"object"}}}],
		"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":false}}}`), &wantBody)
	if d := cmp.Diff(wantBody, p.body); d != "" {
		t.Error(d)
	}
}

func TestReasoningModelsTakeTheirLimitUnderItsOtherName(t *testing.T) {
	t.Parallel()
	p := newProvider(t, 200, nil, `{"choices":[{"message":{"content":"ok"}}]}`)
	chat := p.chat(t).(model.OpenAI)
	chat.Model = "gpt-5-mini"
	if _, err := chat.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "x")}, MaxTokens: 9}); err != nil {
		t.Fatal(err)
	}
	if p.body["max_tokens"] != nil || p.body["max_completion_tokens"] != 9.0 {
		t.Errorf("sent %v", p.body)
	}
}

func TestOpenAISaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	date := http.Header{"Date": {"Wed, 21 Oct 2026 07:28:00 GMT"}, "Retry-After": {"Wed, 21 Oct 2026 07:28:30 GMT"}}
	for _, c := range []struct {
		name   string
		code   int
		header http.Header
		answer string
		want   model.Error
		retry  bool
	}{
		{"Limited", 429, http.Header{"Retry-After": {"7"}}, `{"error":{"message":"slow down","type":"rate"}}`, model.Error{Status: 429, Message: "the model's server answered 429: slow down", After: 7 * time.Second}, true},
		{"LimitedUntilADate", 503, date, `busy`, model.Error{Status: 503, Message: "the model's server answered 503: busy", After: 30 * time.Second}, true},
		{"Refused", 400, nil, `{"error":{"message":"bad schema","type":"x"}}`, model.Error{Status: 400, Message: "the model's server answered 400: bad schema"}, false},
		{"LongText", 401, nil, strings.Repeat("x", 600), model.Error{Status: 401, Message: "the model's server answered 401: " + strings.Repeat("x", 500) + "…"}, false},
		{"WithTheKey", 401, nil, `{"error":{"message":"` + strings.Repeat("x", 488) + ` bad key sk-test","type":"x"}}`, model.Error{Status: 401, Message: "the model's server answered 401: " + strings.Repeat("x", 488) + " bad key [se…"}, false},
		{"NotJSON", 200, nil, `<html>`, model.Error{Message: "the model's server answered something that is no chat completion"}, true},
		{"NoChoice", 200, nil, `{"choices":[]}`, model.Error{Message: "the model's server answered nothing"}, true},
		{"Refusal", 200, nil, `{"choices":[{"message":{"refusal":"no"}}]}`, model.Error{Status: 200, Message: "the model refused: no"}, false},
		{"Filtered", 200, nil, `{"choices":[{"finish_reason":"content_filter","message":{"content":"…"}}]}`, model.Error{Status: 200, Message: "the model's server filtered the answer"}, false},
		{"TooLarge", 200, nil, `{"choices":[{"message":{"content":"` + strings.Repeat("x", 1<<20) + `"}}]}`, model.Error{Status: 200, Message: "the model's answer is larger than 1 MiB"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := newProvider(t, c.code, c.header, c.answer).chat(t).Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "x")}})
			var got *model.Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v", err)
			}
			if got.Status != c.want.Status || got.Message != c.want.Message || got.After != c.want.After || got.Retryable() != c.retry {
				t.Errorf("got %+v (retryable %v), want %+v", got, got.Retryable(), c.want)
			}
		})
	}
}

func TestAServerThatIsAwayIsWorthAnotherTry(t *testing.T) {
	t.Parallel()
	p := newProvider(t, 200, nil, "")
	chat := p.chat(t)
	p.Close()
	_, err := chat.Complete(t.Context(), model.Request{})
	var e *model.Error
	if !errors.As(err, &e) || !e.Retryable() || strings.Contains(e.Message, p.URL) {
		t.Errorf("got %v", err)
	}
}

func TestAForbiddenAddressIsSaidToBeBlocked(t *testing.T) {
	t.Parallel()
	chat := model.OpenAI{BaseURL: "http://169.254.169.254/v1", Model: "m", HTTP: egress.Door{PlainHTTP: true}.Client()}
	if _, err := chat.Complete(t.Context(), model.Request{}); !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("got %v", err)
	}
}

func TestTheEndOfTheContextIsItsOwnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newProvider(t, 200, nil, "{}").chat(t).Complete(ctx, model.Request{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOpenFindsAModelOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	connections := map[string]model.Connection{
		"open":   {BaseURL: "http://x", Model: "small"},
		"bare":   {BaseURL: "http://x"},
		"secret": {BaseURL: "http://x", Model: "m", Secret: "ABSENT"},
	}
	for ref, want := range map[string]any{
		"onset/echo":      model.Echo{},
		"open":            "small",
		"open/meta/large": "meta/large",
		"bare/m":          "m",
		"bare":            model.ErrNoModel,
		"secret":          model.ErrSecretMissing,
		"nobody":          model.ErrUnknown,
		"":                model.ErrUnknown,
		"onset/other":     model.ErrUnknown,
	} {
		got, err := model.Open(ref, connections, nil, nil)
		switch want := want.(type) {
		case error:
			if !errors.Is(err, want) {
				t.Errorf("%q: %v, want %v", ref, err, want)
			}
		case string:
			if o, ok := got.(model.OpenAI); !ok || o.Model != want || err != nil {
				t.Errorf("%q opened %+v, %v", ref, got, err)
			}
		default:
			if got != want || err != nil {
				t.Errorf("%q opened %+v, %v", ref, got, err)
			}
		}
	}
}

// The sums of what runs cost are JSON: a server's claim must not make them
// negative, run over or become infinite.
func TestAClaimedPriceCanBeAddedUp(t *testing.T) {
	t.Parallel()
	for usage, want := range map[string]run.Usage{
		`{"prompt_tokens":-5,"completion_tokens":-1}`:                                   {ModelCalls: 1},
		`{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}`: {ModelCalls: 1, InputTokens: math.MaxInt32, OutputTokens: math.MaxInt32, USD: math.MaxFloat32},
	} {
		p := newProvider(t, http.StatusOK, nil, `{"choices":[{"message":{"role":"assistant","content":"x"}}],"usage":`+usage+`}`)
		c := model.OpenAI{BaseURL: p.URL, Model: "m", USDPerMTok: [2]float64{math.MaxFloat64, math.MaxFloat64}, HTTP: p.Client()}
		got, err := c.Complete(t.Context(), model.Request{Messages: []model.Message{{Role: model.User, Content: "hi"}}})
		if err != nil || got.Usage != want {
			t.Errorf("%s: %+v (%v)", usage, got.Usage, err)
		}
	}
}
