package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
)

// kinds knows start, end and work; work complains of a config that says so.
type kinds struct{}

func (kinds) Check(n graph.Node, _ graph.Graph) (bool, []fault.Detail) {
	switch {
	case n.Kind == "work" && strings.Contains(string(n.Config), "wrong"):
		return true, []fault.Detail{{Path: "config.x", Code: "bad_template", Message: "is wrong"}}
	case n.Kind == "start", n.Kind == "end", n.Kind == "work":
		return true, nil
	}
	return false, nil
}

func (kinds) Names() []string { return []string{"start", "work", "end"} }

const sound = `{
	"name": "sound", "variables": {"v": {"type": "string", "default": "x", "description": "a variable"}},
	"nodes": [
		{"id": "start", "kind": "start"},
		{"id": "a", "kind": "work", "title": "A", "timeout": "10s", "retry": {"max": 2, "backoff": "1s", "max_backoff": "30s", "repeat": "safe"},
		 "capture": {"x": "output.y", "fixed": {"value": null}, "same": {"copy": "v"}}, "config": {"any": ["thing"]}},
		{"id": "b", "kind": "work", "join": "any"},
		{"id": "tool", "kind": "work", "callable": true, "description": "d", "parameters": {"type": "object", "properties": {"t": {"type": "string"}}}},
		{"id": "end", "kind": "end"}
	],
	"edges": [
		{"from": "start", "to": "a"}, {"from": "a", "to": "b", "when": "output.y == vars.x", "label": "l"},
		{"from": "a", "to": "end", "else": true}, {"from": "b", "to": "end"}
	]
}`

func TestSoundGraphHasNoMistakes(t *testing.T) {
	t.Parallel()
	g, details := graph.Parse([]byte(sound))
	if details != nil {
		t.Fatal(details)
	}
	if details := graph.Validate(g, kinds{}); details != nil {
		t.Fatal(details)
	}
	again, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	reread, details := graph.Parse(again)
	if details != nil {
		t.Fatal(details)
	}
	if details := graph.Validate(reread, kinds{}); details != nil {
		t.Fatalf("written and read again: %v", details)
	}
}

func TestParseNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, details := graph.Parse([]byte(`{
		"title": 5, "node": [],
		"nodes": [{"id": "a", "Kind": "work", "retry": {"max": "two"}, "timeout": "-1s"},
			{"capture": {"x": {"vaule": 1}, "y": 5, "z": "output"}}, {"timeout": 10, "config": {"not": "ours"}}],
		"edges": [{"from": "a", "to": "b", "whn": "true"}]
	}`))
	want := []string{
		"title invalid", "node unknown_field", "nodes[0].Kind unknown_field", "nodes[0].retry.max invalid", "nodes[0].timeout invalid",
		"nodes[1].capture.x.vaule unknown_field", "nodes[1].capture.y invalid", "nodes[2].timeout invalid", "edges[0].whn unknown_field",
	}
	if diff := cmp.Diff(want, codes(details)); diff != "" {
		t.Error(diff)
	}
}

func TestValidateNamesEveryMistake(t *testing.T) {
	t.Parallel()
	const start, end = `{"id":"s","kind":"start"}`, `{"id":"e","kind":"end"}`
	for _, test := range []struct {
		name         string
		nodes, edges string
		want         []string
	}{
		{"Smallest", start + `,` + end, `{"from":"s","to":"e"}`, nil},
		{"Nothing", ``, ``, []string{"nodes no_start", "nodes no_end_reachable"}},
		{"NoStart", end, ``, []string{"nodes no_start"}},
		{"NoEnd", start, ``, []string{"nodes no_end_reachable"}},
		{"TwoStarts", start + `,{"id":"s2","kind":"start"},` + end, `{"from":"s","to":"e"},{"from":"s2","to":"e"}`, []string{"nodes[1] two_starts"}},
		{"TwoEnds", start + `,` + end + `,{"id":"e2","kind":"end"}`, `{"from":"s","to":"e"},{"from":"s","to":"e2"}`, nil},
		{"UnknownKind", start + `,{"id":"a","kind":"wrk"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"e"}`, []string{"nodes[1].kind unknown_kind"}},
		{"DuplicateID", start + `,` + end + `,{"id":"e","kind":"work"}`, `{"from":"s","to":"e"}`, []string{"nodes[2].id duplicate_id"}},
		{"BadIDs", start + `,{"id":"","kind":"work"},{"id":"a b","kind":"work"},` + end, `{"from":"s","to":""},{"from":"","to":"a b"},{"from":"a b","to":"e"}`,
			[]string{"nodes[1].id invalid", "nodes[2].id invalid"}},
		{"UnknownNode", start + `,` + end, `{"from":"s","to":"e"},{"from":"s","to":"x"},{"from":"y","to":"e"}`, []string{"edges[1].to unknown_node", "edges[2].from unknown_node"}},
		{"Orphan", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"e"},{"from":"a","to":"e"}`, []string{"nodes[1] unreachable"}},
		{"DeadEnd", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"e"},{"from":"s","to":"a"}`, []string{"nodes[1] no_end_reachable"}},
		{"Cycle", start + `,{"id":"a","kind":"work"},{"id":"b","kind":"work"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"b"},{"from":"b","to":"a"},{"from":"b","to":"e"}`, []string{"edges[2] cycle_without_loop"}},
		{"SelfReference", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"a"},{"from":"a","to":"e"}`, []string{"edges[1] self_reference"}},
		{"OutOfEnd", start + `,` + end + `,{"id":"e2","kind":"end"}`, `{"from":"s","to":"e"},{"from":"e","to":"e2"}`, []string{"edges[1].from invalid"}},
		{"IntoStart", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"s"},{"from":"a","to":"e"}`, []string{"edges[1].to invalid", "edges[1] cycle_without_loop"}},
		{"WhenAndElse", start + `,` + end, `{"from":"s","to":"e","when":"true","else":true}`, []string{"edges[0] invalid"}},
		{"BadWhen", start + `,` + end, `{"from":"s","to":"e","when":"vars.x =="},{"from":"s","to":"e","when":"nope"}`, []string{"edges[0].when bad_expression", "edges[1].when bad_expression"}},
		{"Config", start + `,{"id":"a","kind":"work","config":"wrong"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"e"}`, []string{"nodes[1].config.x bad_template"}},
		{"NameOfNobody", start + `,{"id":"a","kind":"work","config":{"x":["{{ nodes.b.y }} {{ nodes.s }} {{ has(nodes.c) }}"],"y":"{{ size(nodes['d']) }}"},"capture":{"z":"nodes.f.y"}},` + end,
			`{"from":"s","to":"a"},{"from":"a","to":"e","when":"nodes.a.x == nodes.g.x"}`,
			[]string{"nodes[1].config.x[0] unknown_node", "nodes[1].config.y unknown_node", "nodes[1].capture.z unknown_node", "edges[1].when unknown_node"}},
		{"Ends", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"e"},{"from":"a","to":"e","on":"error"},{"from":"a","to":"e","on":"deadline","before":"2m"}`, nil},
		{"BadEnds", start + `,{"id":"a","kind":"work"},` + end, `{"from":"s","to":"a"},{"from":"a","to":"e","on":"sucess"},{"from":"a","to":"e","before":"1m"},{"from":"a","to":"e","on":"deadline","before":"46m"},{"from":"a","to":"a","loop":true,"on":"deadline"}`,
			[]string{"edges[1].on invalid", "edges[2].before invalid", "edges[3].before invalid", "edges[4].loop invalid"}},
		{"Join", start + `,{"id":"e","kind":"end","join":"some"}`, `{"from":"s","to":"e"}`, []string{"nodes[1].join invalid"}},
		{"Timeout", start + `,{"id":"e","kind":"end","timeout":"45m1s"}`, `{"from":"s","to":"e"}`, []string{"nodes[1].timeout invalid"}},
		{"Retry", start + `,{"id":"e","kind":"end","retry":{"max":21,"backoff":"2h","max_backoff":"61m","repeat":"always"}}`, `{"from":"s","to":"e"}`,
			[]string{"nodes[1].retry.max invalid", "nodes[1].retry.backoff invalid", "nodes[1].retry.max_backoff invalid", "nodes[1].retry.repeat invalid"}},
		{"NegativeRetry", start + `,{"id":"e","kind":"end","retry":{"max":-1}}`, `{"from":"s","to":"e"}`, []string{"nodes[1].retry.max invalid"}},
		{"Capture", start + `,{"id":"e","kind":"end","capture":{"a":"output.","b":{"value":1,"copy":"x"},"c":{},"d.d":"output","e":""}}`, `{"from":"s","to":"e"}`,
			[]string{"nodes[1].capture.a bad_expression", "nodes[1].capture.b invalid", "nodes[1].capture.c bad_expression", "nodes[1].capture invalid", "nodes[1].capture.e bad_expression"}},
		{"Describe", start + `,{"id":"e","kind":"end","capture":{"a":{"describe":"x","copy":"y"},"b":{"describe":"` + strings.Repeat("x", 1025) + `"},"c":{"describe":"fine"}}}`, `{"from":"s","to":"e"}`,
			[]string{"nodes[1].capture.a invalid", "nodes[1].capture.b.describe invalid"}},
		{"CallableWithEdge", start + `,{"id":"t","kind":"work","callable":true},` + end, `{"from":"s","to":"e"},{"from":"s","to":"t"}`, []string{"edges[1].to invalid"}},
		{"CallableEnd", start + `,` + end + `,{"id":"t","kind":"end","callable":true}`, `{"from":"s","to":"e"}`, []string{"nodes[2].callable invalid"}},
		{"ParametersOfNobody", start + `,{"id":"e","kind":"end","parameters":{}}`, `{"from":"s","to":"e"}`, []string{"nodes[1].parameters invalid"}},
		{"BadParameters", start + `,` + end + `,{"id":"t","kind":"work","callable":true,"parameters":{"type":"strin"}},{"id":"u","kind":"work","callable":true,"parameters":true},{"id":"v","kind":"work","callable":true,"parameters":{"type":"string"}},{"id":"w","kind":"work","callable":true,"parameters":{"$ref":"http://127.0.0.1:1/"}}`, `{"from":"s","to":"e"}`,
			[]string{"nodes[2].parameters bad_schema", "nodes[3].parameters bad_schema", "nodes[4].parameters.type bad_schema", "nodes[5].parameters bad_schema"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, details := graph.Parse(fmt.Appendf(nil, `{"nodes":[%s],"edges":[%s]}`, test.nodes, test.edges))
			if details != nil {
				t.Fatal(details)
			}
			details = graph.Validate(g, kinds{})
			if diff := cmp.Diff(test.want, codes(details)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidateChecksTheHeader(t *testing.T) {
	t.Parallel()
	g, _ := graph.Parse([]byte(sound))
	g.Name = "no name"
	g.Variables = map[string]graph.Variable{
		"": {}, "a.b": {}, "{{ x": {}, strings.Repeat("ü", 129): {}, strings.Repeat("ü", 128): {}, "t": {Type: "strng"}, "__proto__": {Type: "any"}, "with-dash": {},
	}
	g.Limits = &graph.Limits{ModelCalls: -1, ToolCalls: 100_001, Tokens: 1_000_000_001}
	want := []string{"name invalid", "variables invalid", "variables invalid", "variables.t.type invalid", "variables invalid", "variables invalid",
		"limits.model_calls invalid", "limits.tool_calls invalid", "limits.tokens invalid"}
	if diff := cmp.Diff(want, codes(graph.Validate(g, kinds{}))); diff != "" {
		t.Error(diff)
	}
}

func TestValidateRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	var many graph.Graph
	for i := range graph.MaxNodes + 1 {
		many.Nodes = append(many.Nodes, graph.Node{ID: fmt.Sprint(i), Kind: "work"})
	}
	many.Edges = make([]graph.Edge, graph.MaxEdges+1)
	many.Variables = map[string]graph.Variable{}
	for i := range graph.MaxVariables + 1 {
		many.Variables[fmt.Sprint(i)] = graph.Variable{}
	}
	want := []string{"nodes too_many_nodes", "edges invalid", "variables invalid"}
	if diff := cmp.Diff(want, codes(graph.Validate(many, kinds{}))); diff != "" {
		t.Error(diff)
	}
}

func TestLargestGraphPasses(t *testing.T) {
	t.Parallel()
	g := graph.Graph{Nodes: []graph.Node{{ID: "start", Kind: "start"}}}
	for i := 1; i < graph.MaxNodes; i++ {
		n := graph.Node{ID: fmt.Sprint(i), Kind: "work"}
		if i == graph.MaxNodes-1 {
			n.Kind = "end"
		}
		g.Edges = append(g.Edges, graph.Edge{From: g.Nodes[i-1].ID, To: n.ID})
		g.Nodes = append(g.Nodes, n)
	}
	if details := graph.Validate(g, kinds{}); details != nil {
		t.Error(details)
	}
}

func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		sound, `{}`, `{"nodes":[null],"edges":[null]}`, `{"nodes":[{"id":"a","kind":"start"}],"edges":[{"from":"a","to":"a"}]}`,
		`{"nodes":[{"id":"a","kind":"start","callable":true,"parameters":null,"capture":{"x":null}}]}`, `[]`, `{"variables":{"":{"default":[]}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, details := graph.Parse(raw)
		if details != nil {
			return
		}
		for _, d := range graph.Validate(g, kinds{}) {
			if d.Path == "" || d.Code == "" || d.Message == "" {
				t.Errorf("%+v says too little", d)
			}
		}
	})
}

func codes(details []fault.Detail) []string {
	var all []string
	for _, d := range details {
		all = append(all, d.Path+" "+d.Code)
	}
	return all
}

func TestLimitsThatAreLeftOutAreTheUsualOnes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]graph.Limits{
		`{"nodes":[]}`: {ModelCalls: 500, ToolCalls: 10_000, Tokens: 5_000_000},
		`{"nodes":[],"limits":{"model_calls":3,"tokens":9}}`: {ModelCalls: 3, ToolCalls: 10_000, Tokens: 9},
	} {
		if g := parsed(t, text); g.Limit() != want {
			t.Errorf("%s: %+v, want %+v", text, g.Limit(), want)
		}
	}
}
