package kinds_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/run"
)

func nodeOf(id, kind, config string) graph.Node {
	return graph.Node{ID: id, Kind: kind, Config: json.RawMessage(config)}
}

func graphOf(nodes ...graph.Node) graph.Graph { return graph.Graph{Nodes: nodes} }

func scope() expr.Scope {
	return expr.Scope{
		"message": "disk full",
		"vars":    map[string]any{"n": int64(7), "list": []any{int64(1), "b"}, "path": "a/b ?&#%"},
		"env":     map[string]any{},
		"nodes":   map[string]any{},
	}
}

func TestKindsThatOnlyCompute(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind, config string
		want               string
		failed             *node.Error
	}{
		{"StartIsEmpty", "start", ``, `{}`, nil},
		{"TransformSets", "transform", `{"set":{"answer":"{{ message }}","n":"{{ vars.n + 1 }}","all":["{{ vars.list }}",true],"s":"n={{ vars.n }}"}}`, `{"answer":"disk full","n":8,"all":[[1,"b"],true],"s":"n=7"}`, nil},
		{"TransformOfNothing", "transform", `{}`, `{}`, nil},
		{"TransformWithABadExpression", "transform", `{"set":{"a":"{{ vars.nothing + 1 }}"}}`, ``, &node.Error{Code: run.ExpressionFailed, Permanent: true}},
		{"ConditionTakesTheFirst", "condition", `{"branches":[{"name":"few","when":"vars.n < 5"},{"name":"some","when":"vars.n < 8"},{"name":"many","when":"true"}]}`, `{"branch":"some"}`, nil},
		{"ConditionTakesNone", "condition", `{"branches":[{"name":"few","when":"vars.n < 5"}]}`, `{"branch":null}`, nil},
		{"ConditionThatErrs", "condition", `{"branches":[{"name":"few","when":"vars.nothing < 5"}]}`, ``, &node.Error{Code: run.ExpressionFailed, Permanent: true}},
		{"EndHasAResult", "end", `{"result":{"text":"{{ vars.path }}"}}`, `{"text":"a/b ?&#%"}`, nil},
		{"EndMayBeEmpty", "end", ``, `{}`, nil},
		{"EndMayFail", "end", `{"status":"failed","error":"no {{ message }}"}`, ``, &node.Error{Code: run.NodeFailed, Message: "no disk full", Permanent: true}},
		{"EndFailsWithoutWords", "end", `{"status":"failed"}`, ``, &node.Error{Code: run.NodeFailed, Message: "the graph ended as failed", Permanent: true}},
		{"FailFails", "fail", `{"error":"boom {{ vars.n }}"}`, ``, &node.Error{Code: run.NodeFailed, Message: "boom 7", Permanent: true}},
		{"SecretsAreUnknownInside", "transform", `{"set":{"a":"{{ secrets.KEY }}"}}`, ``, &node.Error{Code: run.ExpressionFailed, Permanent: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := bench(c.kind, c.config)
			b.Secrets = map[string]string{"KEY": "s3cret-value"}
			got, err := b.Run(t.Context(), "n")
			if c.failed != nil {
				sameFailure(t, err, c.failed)
				return
			}
			var want any
			json.Unmarshal([]byte(c.want), &want)
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("error %v, output %s", err, d)
			}
		})
	}
}

// sameFailure compares what is set in want.
func sameFailure(t *testing.T, err error, want *node.Error) {
	t.Helper()
	var got *node.Error
	if !errors.As(err, &got) {
		t.Fatalf("error %v (%T), want %+v", err, err, want)
	}
	if got.Code != want.Code || got.Permanent != want.Permanent || got.Unknown != want.Unknown || got.After != want.After || want.Message != "" && got.Message != want.Message {
		t.Errorf("failed with %+v, want %+v", got, want)
	}
}

func TestMissingPathsAreGapsAndSaidSo(t *testing.T) {
	t.Parallel()
	b := bench("transform", `{"set":{"a":"[{{ vars.nothing }}]"}}`)
	got, err := b.Run(t.Context(), "n")
	if d := cmp.Diff(map[string]any{"a": "[]"}, got); d != "" || err != nil {
		t.Errorf("error %v, output %s", err, d)
	}
	if !slices.Equal(b.Logs, []string{"warning: config.set.a: vars.nothing is missing"}) {
		t.Errorf("logged %q", b.Logs)
	}
}

func TestSleepTakesItsTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		begun := time.Now()
		out, err := bench("sleep", `{"for":"20s"}`).Run(t.Context(), "n")
		if d := cmp.Diff(map[string]any{"slept": "20s"}, out); d != "" || err != nil || time.Since(begun) != 20*time.Second {
			t.Errorf("error %v, output %s after %v", err, d, time.Since(begun))
		}
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := bench("sleep", `{"for":"20s"}`).Run(ctx, "n")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestTraitsFollowTheConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   node.Kind
		config string
		want   node.Traits
	}{
		{kinds.Start{}, ``, node.Traits{Pure: true, Timeout: time.Minute, Repeat: "safe"}},
		{kinds.Transform{}, ``, node.Traits{Pure: true, Sets: true, Timeout: time.Minute, Repeat: "safe"}},
		{kinds.End{}, ``, node.Traits{Pure: true, Sets: true, Timeout: time.Minute, Repeat: "safe"}},
		{kinds.Sleep{}, `{"for":"5m"}`, node.Traits{Timeout: 6 * time.Minute, Repeat: "safe"}},
		{kinds.Agent{}, ``, node.Traits{Timeout: 10 * time.Minute, Repeat: "safe", Retries: 2, Derives: true}},
		{kinds.Tool{}, `{"http":{"url":"https://x"}}`, node.Traits{Timeout: 30 * time.Second, Repeat: "safe", Retries: 2}},
		{kinds.Tool{}, `{"http":{"method":"HEAD"}}`, node.Traits{Timeout: 30 * time.Second, Repeat: "safe", Retries: 2}},
		{kinds.Tool{}, `{"http":{"method":"POST"}}`, node.Traits{Timeout: 30 * time.Second, Repeat: "never", Retries: 2}},
		{kinds.Tool{}, `{"http":{"method":"DELETE"}}`, node.Traits{Timeout: 30 * time.Second, Repeat: "never", Retries: 2}},
		{kinds.Tool{}, `{"http":{"method":"POST"},"idempotent":true}`, node.Traits{Timeout: 30 * time.Second, Repeat: "safe", Retries: 2}},
	} {
		if d := cmp.Diff(c.want, c.kind.Traits(nodeOf("n", c.kind.Name(), c.config))); d != "" {
			t.Errorf("%s %s: %s", c.kind.Name(), c.config, d)
		}
	}
}
