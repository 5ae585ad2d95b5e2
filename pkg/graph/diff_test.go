package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/graph"
)

func parsed(t *testing.T, text string) graph.Graph {
	t.Helper()
	g, wrong := graph.Parse([]byte(text))
	if len(wrong) > 0 {
		t.Fatalf("%v in %s", wrong, text)
	}
	return g
}

func TestDiffNamesThePlaces(t *testing.T) {
	t.Parallel()
	const before = `{"title":"Old","variables":{"severity":{"type":"string"},"city":{}},"nodes":[{"id":"start","kind":"start"},
 {"id":"ask","kind":"agent","timeout":"1m","config":{"model":"default","tools":[{"node":"a"},{"node":"b"}],"prompt":"a < b"}},
 {"id":"gone","kind":"sleep"},{"id":"end","kind":"end"}],
 "edges":[{"from":"start","to":"ask"},{"from":"ask","to":"end","when":"vars.a"},{"from":"ask","to":"end","else":true}]}`
	const after = `{"title":"New","limits":{"tokens":5},"variables":{"severity":{"type":"number"},"town":{}},"nodes":[{"id":"start","kind":"start"},
 {"id":"end","kind":"end"},
 {"id":"ask","kind":"agent","config":{"model":"default","tools":[{"node":"a"},{"node":"c"}],"prompt":"a > b","max_turns":3}},
 {"id":"new","kind":"sleep"}],
 "edges":[{"from":"start","to":"ask"},{"from":"ask","to":"end","when":"vars.a"},{"from":"ask","to":"end","when":"vars.b"},{"from":"ask","to":"new"}]}`
	want := []string{
		`graph  changed limits  {"tokens":5}`,
		`graph  changed title "Old" "New"`,
		`variable city removed  {} `,
		`variable severity changed type "string" "number"`,
		`variable town added   {}`,
		`node gone removed  {"id":"gone","kind":"sleep"} `,
		`node ask changed config.max_turns  3`,
		`node ask changed config.prompt "a < b" "a > b"`,
		`node ask changed config.tools[1].node "b" "c"`,
		`node ask changed timeout "1m0s" `,
		`node new added   {"id":"new","kind":"sleep"}`,
		`node  reordered  ["start","ask","end"] ["start","end","ask"]`,
		`edge ask -> end #2 changed else true `,
		`edge ask -> end #2 changed when  "vars.b"`,
		`edge ask -> new added   {"from":"ask","to":"new"}`,
	}
	var got []string
	for _, c := range graph.Diff(parsed(t, before), parsed(t, after)) {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s", c.Part, c.Name, c.Change, c.Path, c.Before, c.After))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// drawn is a graph of few names, so that two of them often meet.
func drawn(t *rapid.T, label string) graph.Graph {
	word := rapid.SampledFrom([]string{"a", "b", "c"})
	var g graph.Graph
	g.Title = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, label+" title")
	g.Variables = rapid.MapOfN(word, rapid.Custom(func(t *rapid.T) graph.Variable {
		return graph.Variable{Type: rapid.SampledFrom([]string{"", "string", "number"}).Draw(t, "type")}
	}), 0, 3).Draw(t, label+" variables")
	for _, id := range rapid.SliceOfNDistinct(word, 0, 3, func(s string) string { return s }).Draw(t, label+" nodes") {
		g.Nodes = append(g.Nodes, graph.Node{ID: id, Kind: "tool", Config: json.RawMessage(config.Draw(t, "config"))})
	}
	for range rapid.IntRange(0, 4).Draw(t, label+" edges") {
		g.Edges = append(g.Edges, graph.Edge{From: word.Draw(t, "from"), To: word.Draw(t, "to"), When: rapid.SampledFrom([]string{"", "true"}).Draw(t, "when")})
	}
	return g
}

var config = rapid.SampledFrom([]string{
	`{}`, `{"a":1}`, `{"a":1.0}`, `{"a":null}`, `{"a":{"b":[1,2]}}`, `{"a":{"b":[1,3]}}`, `{"a":{"b":[1]}}`, `{"a":[]}`, `{"b":"<"}`,
	`{"n":1e999}`, `{"n":12345678901234567890}`,
})

func TestDiffIsEmptyOnlyForTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "before"), drawn(t, "after")
		same := text(a) == text(b)
		if changes := graph.Diff(a, b); same != (len(changes) == 0) {
			t.Fatalf("%s\n%s\ndiffer in %v", text(a), text(b), changes)
		}
		if changes := graph.Diff(a, a); len(changes) != 0 {
			t.Fatalf("%s differs from itself: %v", text(a), changes)
		}
	})
}

func TestDiffBackwardsIsItsOpposite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "before"), drawn(t, "after")
		there, back := map[string]bool{}, map[string]bool{}
		for _, c := range graph.Diff(a, b) {
			there[text(c)] = true
		}
		for _, c := range graph.Diff(b, a) {
			back[text(opposite(c))] = true
		}
		if d := cmp.Diff(there, back); d != "" {
			t.Fatalf("%s\n%s\n%s", text(a), text(b), d)
		}
	})
}

func opposite(c graph.Change) graph.Change {
	c.Before, c.After = c.After, c.Before
	switch c.Change {
	case graph.Added:
		c.Change = graph.Removed
	case graph.Removed:
		c.Change = graph.Added
	}
	return c
}

// One edit is told as that edit and as nothing else.
func TestOneEditIsOneChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t, "before")
		b := a
		b.Nodes = append(slices.Clone(a.Nodes), graph.Node{ID: "new", Kind: "tool"})
		changes := graph.Diff(a, b)
		if len(changes) != 1 || changes[0].Part != graph.NodePart || changes[0].Name != "new" || changes[0].Change != graph.Added {
			t.Fatalf("a new node is told as %v", changes)
		}
		if len(a.Edges) == 0 {
			return
		}
		b = a
		b.Edges = slices.Clone(a.Edges)
		i := rapid.IntRange(0, len(a.Edges)-1).Draw(t, "edge")
		b.Edges[i].Label += "!"
		changes = graph.Diff(a, b)
		if len(changes) != 1 || changes[0].Part != graph.EdgePart || changes[0].Path != "label" || string(changes[0].After) != `"!"` {
			t.Fatalf("a new label is told as %v", changes)
		}
	})
}

// text is a value as JSON, empty lists and no lists alike.
func text(v any) string {
	if g, ok := v.(graph.Graph); ok && g.Nodes == nil {
		g.Nodes = []graph.Node{}
		v = g
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
