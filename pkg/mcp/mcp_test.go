package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/mcp"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type addition struct {
	A int `json:"a" jsonschema:"the first number"`
	B int `json:"b"`
}

type sum struct {
	Sum int `json:"sum"`
}

// calculator is an MCP server with one tool. It keeps the headers of the
// requests that it got.
type calculator struct {
	*httptest.Server
	mu      sync.Mutex
	headers []http.Header
}

func newCalculator(t *testing.T, o *sdk.StreamableHTTPOptions) *calculator {
	t.Helper()
	server := sdk.NewServer(&sdk.Implementation{Name: "calculator", Version: "1"}, nil)
	sdk.AddTool(server, &sdk.Tool{Name: "add", Description: "Add two numbers"}, func(_ context.Context, _ *sdk.CallToolRequest, in addition) (*sdk.CallToolResult, sum, error) {
		if in.A < 0 {
			return nil, sum{}, errors.New("only what is there can be added")
		}
		return &sdk.CallToolResult{Content: []sdk.Content{
			&sdk.TextContent{Text: fmt.Sprint(in.A + in.B)},
			&sdk.ImageContent{Data: []byte("png"), MIMEType: "image/png"},
		}}, sum{in.A + in.B}, nil
	})
	handler := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, o)
	c := &calculator{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.headers = append(c.headers, r.Header.Clone())
		c.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// at is a server reached through a door that lets exactly it through.
func at(t *testing.T, url string) mcp.Server {
	t.Helper()
	client := egress.Door{Allow: []string{strings.TrimPrefix(url, "http://")}}.Client()
	t.Cleanup(client.CloseIdleConnections)
	return mcp.Server{URL: url, Headers: http.Header{"Authorization": {"Bearer open-sesame"}}, HTTP: client}
}

func TestAToolAnswersTextJSONAndImages(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*sdk.StreamableHTTPOptions{
		"with sessions":    {},
		"without sessions": {Stateless: true, JSONResponse: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := at(t, newCalculator(t, o).URL).Call(t.Context(), mcp.Call{Tool: "add", Arguments: map[string]any{"a": 2, "b": 3}, Key: "k"})
			if err != nil {
				t.Fatal(err)
			}
			want := mcp.Result{
				Text: "5", Structured: map[string]any{"sum": 5.0},
				Attachments: []any{map[string]any{"type": "image", "mimeType": "image/png", "data": "cG5n"}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAToolRefusesIsItsText(t *testing.T) {
	t.Parallel()
	server := at(t, newCalculator(t, nil).URL)
	for want, arguments := range map[string]map[string]any{
		"only what is there": {"a": -1, "b": 3},
		"a":                  {"a": "two", "b": 3},
	} {
		got, err := server.Call(t.Context(), mcp.Call{Tool: "add", Arguments: arguments})
		if err != nil || !got.Refused || !strings.Contains(got.Text, want) {
			t.Errorf("%v: %+v, %v", arguments, got, err)
		}
	}
}

func TestAToolThatIsNotThereIsNoUseToTryAgain(t *testing.T) {
	t.Parallel()
	_, err := at(t, newCalculator(t, nil).URL).Call(t.Context(), mcp.Call{Tool: "divide"})
	var failed *node.Error
	if !errors.As(err, &failed) || !failed.Permanent || failed.Unknown || !strings.Contains(failed.Message, "divide") {
		t.Errorf("got %+v", err)
	}
}

func TestTheToolsAreListedWithTheirSchemas(t *testing.T) {
	t.Parallel()
	tools, err := at(t, newCalculator(t, nil).URL).Tools(t.Context())
	if err != nil || len(tools) != 1 || tools[0].Name != "add" || tools[0].Description != "Add two numbers" || !strings.Contains(string(tools[0].Parameters), `"the first number"`) {
		t.Errorf("got %+v, %v", tools, err)
	}
}

func TestEveryRequestIsOpenedAndOneHasTheKey(t *testing.T) {
	t.Parallel()
	server := newCalculator(t, &sdk.StreamableHTTPOptions{})
	if _, err := at(t, server.URL).Call(t.Context(), mcp.Call{Tool: "add", Arguments: map[string]any{"a": 1, "b": 1}, Key: "run/n/0"}); err != nil {
		t.Fatal(err)
	}
	keys := 0
	for _, h := range server.headers {
		if h.Get("Authorization") != "Bearer open-sesame" {
			t.Errorf("a request came without its header: %v", h)
		}
		if key := h.Get("Idempotency-Key"); key == "run/n/0" {
			keys++
		} else if key != "" {
			t.Errorf("a request came with the key %q", key)
		}
	}
	if keys != 1 || len(server.headers) < 2 {
		t.Errorf("%d of %d requests had the key, want one", keys, len(server.headers))
	}
}

// hostile is an MCP server that greets well, and then does what call says.
func hostile(t *testing.T, call http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), `"server/discover"`):
			w.WriteHeader(http.StatusNotFound)
		case strings.Contains(string(body), `"initialize"`):
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}}`, id(string(body)))
		case strings.Contains(string(body), `"tools/`):
			r.Header.Set("Call-Id", id(string(body)))
			call(w, r)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// id is that of a JSON-RPC request.
func id(body string) string {
	_, rest, _ := strings.Cut(body, `"id":`)
	return rest[:strings.IndexAny(rest, ",}")]
}

func reply(result string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, r.Header.Get("Call-Id"), result)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestWhatAHostileServerDoesIsBoundedAndNamed(t *testing.T) {
	t.Parallel()
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	type verdict struct {
		code               run.ErrorCode
		permanent, unknown bool
		text               string
	}
	for name, c := range map[string]struct {
		call http.HandlerFunc
		want verdict
	}{
		"a huge answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for range 6 {
				io.WriteString(w, strings.Repeat("x", 1<<20))
			}
		}, verdict{run.LimitExceeded, true, false, "too much"}},
		"a stream of a thousand lies": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\""+strings.Repeat("x", 9999)+"\"}}\n\n"); err != nil {
					return
				}
			}
		}, verdict{run.LimitExceeded, true, false, "too much"}},
		"an event without an end": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, "data: "+strings.Repeat("x", 9999)+"\n"); err != nil {
					return
				}
			}
		}, verdict{run.LimitExceeded, true, false, "too much"}},
		"a page of HTML": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		}, verdict{run.NodeFailed, false, true, "text/html"}},
		"no JSON":               {reply(`{"content": [`), verdict{run.NodeFailed, false, true, "no answer that can be used"}},
		"a stream without ends": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/event-stream") }, verdict{run.NodeFailed, false, true, "without response"}},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
		}, verdict{run.NodeFailed, false, true, "compressed"}},
		"a way inside": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+inside.Addr().String()+"/", http.StatusTemporaryRedirect)
		}, verdict{run.EgressBlocked, true, false, "blocked by egress policy"}},
		"a way round and round": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, verdict{run.NodeFailed, false, true, "redirects"}},
		"a closed door":     {status(401), verdict{run.NodeFailed, true, false, "401 Unauthorized"}},
		"busy":              {status(429), verdict{run.NodeFailed, false, false, "429"}},
		"broken":            {status(500), verdict{run.NodeFailed, false, false, "500"}},
		"somebody between":  {status(502), verdict{run.NodeFailed, false, true, "502"}},
		"a broken line":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, verdict{run.NodeFailed, false, true, "no answer"}},
		"a wish for people": {reply(`{"content":[],"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"message":"password?","requestedSchema":{"type":"object"}}}}}`), verdict{run.NodeFailed, true, false, "person"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := at(t, hostile(t, c.call).URL).Call(t.Context(), mcp.Call{Tool: "x", Key: "k"})
			var e *node.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Code != c.want.code || e.Permanent != c.want.permanent || e.Unknown != c.want.unknown || !strings.Contains(e.Message, c.want.text) {
				t.Errorf("got %+v, want %+v", *e, c.want)
			}
		})
	}
}

func TestAServerThatNeverAnswersIsLeftWhenTimeIsOver(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(http.ResponseWriter){
		"silent": func(http.ResponseWriter) {},
		"streaming": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			left := make(chan struct{})
			s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
				open(w)
				cancel()
				<-r.Context().Done()
				close(left)
			})
			_, err := at(t, s.URL).Call(ctx, mcp.Call{Tool: "x"})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			<-left
		})
	}
}

func TestAnAnswerThatGoesOnForEverIsAnAnswer(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}}\n\n", r.Header.Get("Call-Id"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(left)
	})
	got, err := at(t, s.URL).Call(t.Context(), mcp.Call{Tool: "x"})
	if err != nil || got.Text != "done" {
		t.Errorf("got %+v, %v", got, err)
	}
	<-left
}

func TestAListOfToolsHasAnEnd(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"pages without end": `{"tools":[],"nextCursor":"again"}`,
		"501 tools":         `{"tools":[` + strings.TrimSuffix(strings.Repeat(`{"name":"t","inputSchema":{"type":"object"}},`, 501), ",") + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := at(t, hostile(t, reply(page)).URL).Tools(t.Context())
			var e *node.Error
			if !errors.As(err, &e) || e.Code != run.LimitExceeded {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAServerThatCannotBeReachedDidNothing(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := at(t, s.URL).Call(t.Context(), mcp.Call{Tool: "x"})
	var e *node.Error
	if !errors.As(err, &e) || e.Permanent || e.Unknown || e.Code != run.NodeFailed {
		t.Errorf("got %+v", err)
	}
}

// The library reads what a server sends in goroutines of its own, where a panic
// would end the worker.
func FuzzAnswers(f *testing.F) {
	for _, result := range []string{
		`null`, `[]`, `{}`, `{"content":null}`, `{"content":[null]}`, `{"content":[{}]}`, `{"content":[{"type":"text"}]}`, `{"content":{}}`,
		`{"content":[{"type":"image","data":"?"}]}`, `{"content":[{"type":"resource"}]}`, `{"content":[{"type":"resource","resource":null}]}`,
		`{"content":[{"type":"tool_use","input":null}]}`, `{"structuredContent":[1]}`, `{"resultType":"input_required"}`, `{"inputRequests":{"a":null}}`,
		`{"isError":"yes"}`, strings.Repeat(`{"content":[`, 3000), `{"tools":[null,{"name":null}]}`, `{"tools":[{"name":"x","inputSchema":null}]}`,
	} {
		f.Add("", result)
	}
	for _, method := range []string{
		"ping", "roots/list", "sampling/createMessage", "elicitation/create", "notifications/message", "notifications/progress", "notifications/cancelled",
		"notifications/tools/list_changed", "notifications/elicitation/complete", "notifications/resources/updated", "nothing/at/all", "",
	} {
		for _, params := range []string{`null`, `[]`, `{}`, `{"_meta":null}`, `{"requestId":{}}`, `{"progressToken":[]}`, `{"requestId":7}`} {
			f.Add(`{"jsonrpc":"2.0","method":"`+method+`","params":`+params+`}`, `{}`)
			f.Add(`{"jsonrpc":"2.0","id":7,"method":"`+method+`","params":`+params+`}`, `{}`)
		}
	}
	f.Fuzz(func(t *testing.T, before, result string) {
		s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n\n", before, r.Header.Get("Call-Id"), result)
		})
		server := at(t, s.URL)
		_, _ = server.Call(t.Context(), mcp.Call{Tool: "x"})
		_, _ = server.Tools(t.Context())
	})
}
