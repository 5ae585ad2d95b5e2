package kinds_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

// echoing is a runtime that tells what it was asked.
type echoing struct {
	runtimev1connect.UnimplementedAgentRuntimeHandler
}

func (echoing) ExecuteNode(_ context.Context, r *connect.Request[runtimev1.ExecuteNodeRequest], out *connect.ServerStream[runtimev1.ExecuteNodeResponse]) error {
	out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Log_{Log: &runtimev1.ExecuteNodeResponse_Log{Level: "warning", Message: "with " + r.Header().Get("Authorization")}}})
	for _, p := range []*runtimev1.ExecuteNodeResponse_Progress{{Done: 1, Total: 2}, {Done: 3, Total: 2}, {Done: -1, Total: 2}, {Total: 0}} {
		out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Progress_{Progress: p}})
	}
	m := r.Msg
	said, err := structpb.NewValue(map[string]any{
		"node": m.Node, "arguments": m.Arguments.AsMap(), "key": m.IdempotencyKey, "run": m.RunId, "thread": m.ThreadId,
		"node_id": m.NodeId, "epoch": m.Epoch, "depth": m.TriggerDepth, "timed": m.TimeoutMs > 0, "header": r.Header().Get("X-Trigger-Depth"),
	})
	if err != nil {
		return err
	}
	return out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Result_{Result: &runtimev1.ExecuteNodeResponse_Result{Output: said}}})
}

func TestARuntimeIsToldWhatItExecutesAndTellsWhatItDoes(t *testing.T) {
	t.Parallel()
	_, h := runtimev1connect.NewAgentRuntimeHandler(echoing{})
	b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","headers":{"Authorization":"Bearer {{ secrets.KEY }}"}},"node":"sum","arguments":{"list":"{{ vars.list }}","n":"{{ vars.n }}"}}`, h.ServeHTTP)
	b.Scope["run"] = map[string]any{"id": "r1", "thread_id": "t1"}
	got, err := b.Run(t.Context(), "n")
	want := map[string]any{
		"node": "sum", "arguments": map[string]any{"list": []any{1.0, "b"}, "n": 7.0}, "key": "run/n/0", "run": "r1", "thread": "t1",
		"node_id": "n", "epoch": 1.0, "depth": 1.0, "timed": false, "header": "1",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if want := []string{"tool_call: executing sum at a runtime", "warning: with Bearer [secret]", "progress: 1 of 2"}; !slices.Equal(b.Logs, want) {
		t.Errorf("the reader was told %q", b.Logs)
	}
}

// said is a runtime of plain JSON that answers with these messages.
func said(messages ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Join(messages, "\n")) }
}

func TestAWholeNumberThatWouldLoseDigitsIsNotSent(t *testing.T) {
	t.Parallel()
	b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","protocol":"json"},"node":"sum","arguments":{"ids":[9007199254740993]}}`,
		func(http.ResponseWriter, *http.Request) { t.Error("the runtime was called") })
	_, err := b.Run(t.Context(), "n")
	if e := node.Failed(err); !e.Permanent || !strings.Contains(e.Message, "config.arguments: ids[0]") {
		t.Errorf("got %+v", e)
	}
}

func TestTheLogOfARuntimeIsKeptUpToAPoint(t *testing.T) {
	t.Parallel()
	var talk []string
	for i := range 2000 {
		talk = append(talk, fmt.Sprintf(`{"log":{"message":"%d %s"}}`, i, strings.Repeat("x", 1000)))
	}
	b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","protocol":"json"},"node":"sum"}`, said(append(talk, `{"result":{"output":7}}`)...))
	got, err := b.Run(t.Context(), "n")
	if err != nil || got != 7.0 {
		t.Errorf("got %v, %v", got, err)
	}
	if len(b.Logs) != 502 || len(b.Logs[1]) > 600 || !strings.Contains(b.Logs[501], "only 500 lines") {
		t.Errorf("%d lines, the last is %.100s", len(b.Logs), b.Logs[len(b.Logs)-1])
	}
}

func TestWhatCannotBeKeptOfARuntimeFailsTheNode(t *testing.T) {
	t.Parallel()
	for name, output := range map[string]string{
		"too deep":   strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"too deep 2": strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000),
	} {
		b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","protocol":"json"},"node":"sum"}`, said(`{"result":{"output":`+output+`}}`))
		_, err := b.Run(t.Context(), "n")
		if e := node.Failed(err); e.Code != run.LimitExceeded && e.Code != run.NodeFailed || e.Message == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","protocol":"json"},"node":"sum"}`, said(`{"result":{"output":"a\u0000b"}}`))
	if got, err := b.Run(t.Context(), "n"); err != nil || got != "a\ufffdb" {
		t.Errorf("NUL: %q, %v", got, err)
	}
}

func TestAFailureOfARuntimeHidesSecretsAndIsShort(t *testing.T) {
	t.Parallel()
	b := foreign(t, "remote", `{"runtime":{"url":"{{ env.API }}","protocol":"json"},"node":"sum"}`,
		said(`{"failure":{"message":"`+strings.Repeat("x", 490)+`open-sesame","retry":true,"retryAfterMs":1500}}`))
	_, err := b.Run(t.Context(), "n")
	e := node.Failed(err)
	if e.Permanent || e.After.Milliseconds() != 1500 || strings.Contains(e.Message, "open") || len(e.Message) > 510 {
		t.Errorf("got %+v", e)
	}
}
