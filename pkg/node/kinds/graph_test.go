package kinds_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

func TestGraphStartsAnotherWithWhatItSays(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]node.Child{
		`{"graph":"other"}`: {Graph: "other", Message: "hello", Variables: map[string]any{}},
		`{"graph":"other","build":3,"message":"","variables":{"n":"{{ vars.n }}","text":"n is {{ vars.n }}","plain":[1]}}`: {
			Graph: "other", Build: 3, Variables: map[string]any{"n": int64(7), "text": "n is 7", "plain": []any{int64(1)}},
		},
		`{"graph":"other","build":"assigned","message":"{{ message }}!"}`: {Graph: "other", Message: "hello!", Variables: map[string]any{}},
	} {
		b := bench("graph", config)
		b.Scope["message"], b.Scope["vars"] = "hello", map[string]any{"n": int64(7)}
		if _, err := b.Run(t.Context(), "n"); !node.Waits(err) {
			t.Errorf("%s: while the other goes on: %v", config, err)
		}
		b.Returns = map[string]func(node.Child) (any, error){"other": func(node.Child) (any, error) { return map[string]any{"answer": 42}, nil }}
		out, err := b.Run(t.Context(), "n")
		if err != nil {
			t.Errorf("%s: %v", config, err)
		}
		if d := cmp.Diff(map[string]any{"answer": 42.0}, out); d != "" {
			t.Errorf("%s: %s", config, d)
		}
		if d := cmp.Diff(map[string]node.Child{"run:1": want}, b.Children); d != "" {
			t.Errorf("%s: %s", config, d)
		}
	}
}

func TestMapOverAGraphKeepsSoManyUnderWay(t *testing.T) {
	t.Parallel()
	b := bench("map", `{"over":"[10, 20, 30, 40]","graph":"other","message":"item {{ index }}","arguments":{"n":"{{ item }}"},"parallel":2,"on_error":"collect"}`)
	done := 0
	b.Returns = map[string]func(node.Child) (any, error){"other": func(c node.Child) (any, error) {
		i := int(c.Variables["n"].(int64))/10 - 1
		switch {
		case i >= done:
			return nil, notYet{}
		case i == 2:
			return nil, &node.Error{Code: run.NodeFailed, Message: "graph other failed: boom"}
		}
		return c.Message, nil
	}}
	for ; done < 4; done++ {
		if _, err := b.Run(t.Context(), "n"); !node.Waits(err) {
			t.Fatalf("with %d done: %v", done, err)
		}
		if want := min(done+2, 4); len(b.Children) != want {
			t.Errorf("with %d done %d were begun, want %d", done, len(b.Children), want)
		}
	}
	out, err := b.Run(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"results": []any{"item 0", "item 1", nil, "item 3"},
		"errors":  []any{map[string]any{"index": 2.0, "code": "node_failed", "message": "graph other failed: boom"}},
	}
	if d := cmp.Diff(want, out); d != "" {
		t.Error(d)
	}
}

func TestMapOverAGraphRefusesWhatCannotBeVariables(t *testing.T) {
	t.Parallel()
	for _, over := range []string{"[1]", "[{'a.b': 1}]"} {
		b := bench("map", fmt.Sprintf(`{"over":%q,"graph":"other"}`, over))
		_, err := b.Run(t.Context(), "n")
		var e *node.Error
		if !errors.As(err, &e) || !e.Permanent || len(b.Children) > 0 {
			t.Errorf("%s: %v, began %v", over, err, b.Children)
		}
	}
}

type notYet struct{}

func (notYet) Error() string { return "not yet" }
func (notYet) Waits() bool   { return true }
