package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/remote"
	"github.com/onsethq/onset/pkg/run"
	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	request = runtimev1.ExecuteNodeRequest
	event   = runtimev1.ExecuteNodeResponse
	sender  = connect.ServerStream[event]
)

// spoken is a runtime over Connect, made of a function.
type spoken struct {
	runtimev1connect.UnimplementedAgentRuntimeHandler
	execute func(context.Context, *connect.Request[request], *sender) error
}

func (s spoken) ExecuteNode(ctx context.Context, r *connect.Request[request], out *sender) error {
	return s.execute(ctx, r, out)
}

func (spoken) Describe(context.Context, *connect.Request[runtimev1.DescribeRequest]) (*connect.Response[runtimev1.DescribeResponse], error) {
	return connect.NewResponse(&runtimev1.DescribeResponse{Nodes: []*runtimev1.DescribeResponse_Node{{Name: "sum"}, {Name: "mean"}}}), nil
}

func over(t *testing.T, h http.Handler) remote.Runtime {
	t.Helper()
	s := httptest.NewServer(h)
	client := egress.Door{Allow: []string{strings.TrimPrefix(s.URL, "http://")}}.Client()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		s.CloseClientConnections()
		s.Close()
	})
	return remote.Runtime{URL: s.URL, HTTP: client}
}

func overConnect(t *testing.T, execute func(context.Context, *connect.Request[request], *sender) error) remote.Runtime {
	t.Helper()
	_, h := runtimev1connect.NewAgentRuntimeHandler(spoken{execute: execute})
	return over(t, h)
}

func plain(t *testing.T, h http.HandlerFunc) remote.Runtime {
	t.Helper()
	r := over(t, h)
	r.Plain = true
	return r
}

func result(v any) *event {
	said, err := structpb.NewValue(v)
	if err != nil {
		panic(err)
	}
	return &event{Event: &runtimev1.ExecuteNodeResponse_Result_{Result: &runtimev1.ExecuteNodeResponse_Result{Output: said}}}
}

func nothing(*event) {}

func TestARuntimeAnswersOverConnect(t *testing.T) {
	t.Parallel()
	r := overConnect(t, func(_ context.Context, r *connect.Request[request], out *sender) error {
		if err := out.Send(&event{Event: &runtimev1.ExecuteNodeResponse_Log_{Log: &runtimev1.ExecuteNodeResponse_Log{Message: "adding"}}}); err != nil {
			return err
		}
		return out.Send(result(map[string]any{"sum": 7, "node": r.Msg.Node}))
	})
	var heard []string
	got, err := r.Execute(t.Context(), &request{Node: "sum"}, func(e *event) { heard = append(heard, e.GetLog().GetMessage()) })
	if diff := cmp.Diff(map[string]any{"sum": 7.0, "node": "sum"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"adding"}, heard); diff != "" {
		t.Error(diff)
	}
}

func TestARuntimeAnswersPlainJSON(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"one object":         "{\n  \"result\": {\"output\": {\"sum\": 7}}\n}",
		"lines":              "{\"log\":{\"message\":\"adding\"}}\n{\"progress\":{\"done\":1,\"total\":2}}\n{\"result\":{\"output\":{\"sum\":7}}}\n",
		"what it may not be": `{"result":{"output":{"sum":7},"unknown":1}}` + "\n}}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := plain(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if r.URL.Path != "/onset.runtime.v1.AgentRuntime/ExecuteNode" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || !strings.Contains(string(body), `"idempotencyKey"`) {
					t.Errorf("%s %s: %s", r.Method, r.URL, body)
				}
				io.WriteString(w, answer)
			})
			got, err := r.Execute(t.Context(), &request{Node: "sum", IdempotencyKey: "k"}, nothing)
			if diff := cmp.Diff(map[string]any{"sum": 7.0}, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// verdict is what a failure means for the node.
type verdict struct {
	code               run.ErrorCode
	permanent, unknown bool
	text               string
}

func (v verdict) check(t *testing.T, err error) {
	t.Helper()
	var e *node.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if e.Code != v.code || e.Permanent != v.permanent || e.Unknown != v.unknown || !strings.Contains(e.Message, v.text) {
		t.Errorf("got %+v, want %+v", *e, v)
	}
}

func TestTheCodesOfConnectSayWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	for code, want := range map[connect.Code]verdict{
		connect.CodeInvalidArgument:   {run.NodeFailed, true, false, "refused: invalid_argument: hm"},
		connect.CodePermissionDenied:  {run.NodeFailed, true, false, "hm"},
		connect.CodeNotFound:          {run.NodeFailed, true, false, "it knows mean, sum"},
		connect.CodeUnavailable:       {run.NodeFailed, false, false, "hm"},
		connect.CodeResourceExhausted: {run.NodeFailed, false, false, "hm"},
		connect.CodeInternal:          {run.NodeFailed, false, false, "hm"},
		connect.CodeDeadlineExceeded:  {run.NodeFailed, false, true, "hm"},
		connect.CodeDataLoss:          {run.NodeFailed, false, true, "hm"},
	} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			_, err := overConnect(t, func(context.Context, *connect.Request[request], *sender) error {
				return connect.NewError(code, errors.New("hm"))
			}).Execute(t.Context(), &request{}, nothing)
			want.check(t, err)

			_, err = plain(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/Describe") {
					w.Header().Set("Content-Type", "application/json")
					io.WriteString(w, `{"nodes":[{"name":"sum"},{"name":"mean"}]}`)
					return
				}
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"code":%q,"message":"hm"}`, code)
			}).Execute(t.Context(), &request{}, nothing)
			want.check(t, err)
		})
	}
}

func TestAFailureSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]verdict{
		`{"message":"no"}`:                              {run.NodeFailed, true, false, "no"},
		`{"message":"later","retry":true}`:              {run.NodeFailed, false, false, "later"},
		`{"message":"who knows","outcomeUnknown":true}`: {run.NodeFailed, false, true, "who knows"},
		`{}`: {run.NodeFailed, true, false, "does not say why"},
	} {
		_, err := plain(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"failure":`+said+`}`) }).Execute(t.Context(), &request{}, nothing)
		want.check(t, err)
	}
}

func TestWhatAHostileRuntimeDoesIsBoundedAndNamed(t *testing.T) {
	t.Parallel()
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	flood := func(kind, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, text); err != nil {
					return
				}
			}
		}
	}
	for name, c := range map[string]struct {
		serve          http.HandlerFunc
		plain, connect verdict
	}{
		"a huge message": {flood("application/json", strings.Repeat("[", 10_000)),
			verdict{run.NodeFailed, false, true, "no answer that can be used"}, verdict{run.NodeFailed, false, true, "content-type"}},
		"a huge text": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `"`)
			flood("application/json", strings.Repeat("x", 10_000))(w, r)
		}, verdict{run.LimitExceeded, true, false, "too much"}, verdict{run.NodeFailed, false, true, "content-type"}},
		"big lines": {flood("application/x-ndjson", `{"log":{"message":"`+strings.Repeat("x", 10_000)+`"}}`),
			verdict{run.LimitExceeded, true, false, "too much"}, verdict{run.NodeFailed, false, true, "content-type"}},
		"lines without end": {flood("application/x-ndjson", "{}\n"),
			verdict{run.LimitExceeded, true, false, "too much"}, verdict{run.NodeFailed, false, true, "content-type"}},
		"a huge envelope": {flood("application/connect+json", "\x00\x7f\xff\xff\xff"+strings.Repeat("x", 10_000)),
			verdict{run.NodeFailed, false, true, "no answer that can be used"}, verdict{run.LimitExceeded, true, false, "too much"}},
		"envelopes without end": {flood("application/connect+json", "\x00\x00\x00\x00\x02{}"),
			verdict{run.NodeFailed, false, true, "no answer that can be used"}, verdict{run.LimitExceeded, true, false, "too much"}},
		"big envelopes": {flood("application/connect+json", "\x00\x00\x00\x28\x00"+`{"log":{"message":"`+strings.Repeat("x", 10240-19-3)+`"}}`),
			verdict{run.NodeFailed, false, true, "no answer that can be used"}, verdict{run.LimitExceeded, true, false, "too much"}},
		"an end without a result": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/connect+json")
			io.WriteString(w, "\x02\x00\x00\x00\x02{}")
		}, verdict{run.NodeFailed, false, true, "no answer that can be used"}, verdict{run.NodeFailed, false, true, "ended without a result"}},
		"nothing": {func(http.ResponseWriter, *http.Request) {},
			verdict{run.NodeFailed, false, true, "ended without a result"}, verdict{run.NodeFailed, false, true, "content-type"}},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "gzip") },
			verdict{run.NodeFailed, false, true, "compressed"}, verdict{run.NodeFailed, false, true, "compressed"}},
		"a way inside": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+inside.Addr().String()+"/", http.StatusTemporaryRedirect)
		}, verdict{run.EgressBlocked, true, false, "blocked by egress policy"}, verdict{run.EgressBlocked, true, false, "blocked by egress policy"}},
		"a closed door": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
			verdict{run.NodeFailed, true, false, "401 Unauthorized"}, verdict{run.NodeFailed, true, false, "401 Unauthorized"}},
		"somebody between": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
			verdict{run.NodeFailed, false, true, "502"}, verdict{run.NodeFailed, false, true, "502"}},
		"busy": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
			verdict{run.NodeFailed, false, false, "503"}, verdict{run.NodeFailed, false, false, "503"}},
		"a broken line": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			verdict{run.NodeFailed, false, true, "no answer"}, verdict{run.NodeFailed, false, true, "no answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plain(t, c.serve).Execute(t.Context(), &request{}, nothing)
			c.plain.check(t, err)
			_, err = over(t, c.serve).Execute(t.Context(), &request{}, nothing)
			c.connect.check(t, err)
		})
	}
}

func TestARuntimeThatCannotBeReachedDidNothing(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	for _, plain := range []bool{false, true} {
		r := remote.Runtime{URL: s.URL, Plain: plain, HTTP: egress.Door{Allow: []string{strings.TrimPrefix(s.URL, "http://")}}.Client()}
		_, err := r.Execute(t.Context(), &request{}, nothing)
		verdict{run.NodeFailed, false, false, "connection refused"}.check(t, err)
	}
}

func TestARuntimeHearsOfTheDeadlineAndOfTheEnd(t *testing.T) {
	t.Parallel()
	for _, isPlain := range []bool{false, true} {
		t.Run(fmt.Sprint("plain ", isPlain), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			left := make(chan struct{})
			wait := func(of context.Context, timeout string) {
				if timeout == "" || len(timeout) < 6 {
					t.Errorf("the runtime was told a timeout of %q ms", timeout)
				}
				cancel()
				<-of.Done()
				close(left)
			}
			r := overConnect(t, func(of context.Context, r *connect.Request[request], _ *sender) error {
				if ms := r.Msg.TimeoutMs; ms < 3_500_000 || ms > 3_600_000 {
					t.Errorf("the message tells %d ms", ms)
				}
				wait(of, r.Header().Get("Connect-Timeout-Ms"))
				return of.Err()
			})
			if isPlain {
				r = plain(t, func(_ http.ResponseWriter, r *http.Request) {
					io.Copy(io.Discard, r.Body) // only then does the server see its client leave
					wait(r.Context(), r.Header.Get("Connect-Timeout-Ms"))
				})
			}
			if _, err := r.Execute(ctx, &request{}, nothing); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			<-left
		})
	}
}

func FuzzPlainAnswers(f *testing.F) {
	for _, answer := range []string{
		``, `null`, `[]`, `{}`, `{"result":null}`, `{"result":{}}`, `{"result":{"output":null}}`, `{"result":[]}`, `{"progress":{"done":99999999999}}`,
		`{"failure":{"retryAfterMs":-1,"retry":true}}`, `{"log":{"message":7}}`, `{"result":{},"failure":{}}`, `{"result":{"output":1e999}}`, "\xff", strings.Repeat(`{"result":`, 5000),
	} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		r := plain(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
		_, err := r.Execute(t.Context(), &request{}, nothing)
		if e := (*node.Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v", answer, err)
		}
	})
}
