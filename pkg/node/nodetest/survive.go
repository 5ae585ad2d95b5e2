package nodetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

// Survive is what every kind must survive. good is a config that the kind
// accepts.
func Survive(t *testing.T, k node.Kind, good string) {
	t.Helper()
	t.Run("SaneTraits", func(t *testing.T) {
		t.Parallel()
		for _, config := range append(Hostile(), "", good) {
			tr := k.Traits(one(k, config).Nodes[0])
			if tr.Timeout <= 0 || tr.Retries < 0 || tr.Repeat != graph.RepeatSafe && tr.Repeat != graph.RepeatNever {
				t.Errorf("config %.40q has traits %+v", config, tr)
			}
			if tr.Pure && (tr.Retries > 0 || tr.Repeat != graph.RepeatSafe) {
				t.Errorf("a pure node needs no retry and may repeat: %+v", tr)
			}
		}
	})
	t.Run("GoodConfigIsAccepted", func(t *testing.T) {
		t.Parallel()
		if d := check(k, good); len(d) > 0 {
			t.Errorf("%s: %v", good, d)
		}
	})
	t.Run("UnknownFieldsAreReported", func(t *testing.T) {
		t.Parallel()
		d := check(k, `{"surely_nobody_has_this": 1}`)
		if !slices.ContainsFunc(d, func(d fault.Detail) bool {
			return d.Path == "config.surely_nobody_has_this" && d.Code == string(fault.UnknownField)
		}) {
			t.Errorf("got %v", d)
		}
	})
	t.Run("HostileConfig", func(t *testing.T) {
		t.Parallel()
		for _, config := range append(Hostile(), "", good) {
			Endure(t, k, config)
		}
	})
}

// Endure checks a config, and when the kind accepts it, runs it under a context
// that has ended: the node must come back, with an output that is JSON if it
// has one, and must not panic.
func Endure(t *testing.T, k node.Kind, config string) {
	t.Helper()
	details := check(k, config)
	for _, d := range details {
		if d.Path != "config" && !strings.HasPrefix(d.Path, "config.") && !strings.HasPrefix(d.Path, "config[") {
			t.Errorf("config %.60q: the path %q does not begin behind the node", config, d.Path)
		}
		if d.Code == "" || d.Message == "" {
			t.Errorf("config %.60q: %+v says nothing", config, d)
		}
	}
	if len(details) > 0 {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &Bench{Kinds: node.NewRegistry(k), Graph: one(k, config)}
	_, _ = b.Run(ctx, "n")
}

// Hostile are configs that no kind wants: JSON of every wrong shape, and
// templates that do not end.
func Hostile() []string {
	list := []string{
		`null`, `[]`, `"x"`, `1`, `true`, `{`, `}`, `{"":null}`, `{"a":{"b":[[[]]]}}`, "\xff", "\x00", `{"x":1e999}`,
		strings.Repeat("[", 10_000), strings.Repeat(`{"a":`, 10_000),
	}
	values := []string{`null`, `[]`, `{}`, `-1`, `1e99`, `true`, `""`, `"{{"`, `"{{ }}"`, `"{{ [1,2].map(x, x) }}"`, `"{{ secrets }}"`, `"\u0000"`, `[null]`, `[{}]`, `{"":""}`}
	for _, field := range []string{"set", "result", "status", "error", "for", "http", "model", "prompt", "input", "tools", "output_schema", "max_turns", "temperature", "repairs", "over", "node", "arguments", "parallel", "on_error", "graph", "build", "message", "variables", "server", "tool", "runtime", "until", "question", "options", "form", "assignees", "expires_in", "on_expire", "default", "timeout"} {
		for _, v := range values {
			list = append(list, fmt.Sprintf(`{%q:%s}`, field, v))
		}
	}
	for _, field := range []string{"method", "url", "query", "headers", "json", "form", "body", "ok", "max_bytes"} {
		for _, v := range values {
			list = append(list, fmt.Sprintf(`{"http":{"url":"https://example.com",%q:%s}}`, field, v))
		}
	}
	return list
}

func check(k node.Kind, config string) []fault.Detail {
	g := one(k, config)
	return k.Check(g.Nodes[0], g)
}

// one is a graph of one node, and of an empty one beside it that can be called.
func one(k node.Kind, config string) graph.Graph {
	return graph.Graph{Nodes: []graph.Node{
		{ID: "n", Kind: k.Name(), Config: json.RawMessage(config)},
		{ID: "helper", Kind: k.Name(), Callable: true},
	}}
}
