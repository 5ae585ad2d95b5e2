package kinds_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
)

func TestCheckNamesThePlaceAndTheCode(t *testing.T) {
	t.Parallel()
	page := nodeOf("page", "tool", `{"http":{"url":"https://x"}}`)
	page.Callable = true
	deep := nodeOf("deep", "agent", `{"model":"m","tools":[{"node":"n"}]}`)
	deep.Callable = true
	long := page
	long.ID = "l234567890123456789012345678901234567890123456789012345678901234x"

	registry := node.NewRegistry(kinds.All()...)
	for _, c := range []struct{ kind, config, path, code string }{
		{"start", `{"x":1}`, "config.x", "unknown_field"},
		{"transform", `{"set":{"a.b":1}}`, "config.set", "invalid"},
		{"transform", `{"set":{"a":"{{ 1 + }}"}}`, "config.set.a", "bad_template"},
		{"transform", `{"set":{"a":["{{ open"]}}`, "config.set.a[0]", "bad_template"},
		{"transform", `{"set":[]}`, "config.set", "invalid"},
		{"end", `{"status":"done"}`, "config.status", "invalid"},
		{"end", `{"error":"x"}`, "config.error", "invalid"},
		{"end", `{"status":"failed","result":{"a":1}}`, "config.result", "invalid"},
		{"fail", `{"error":5}`, "config.error", "invalid"},
		{"map", `{"node":"page"}`, "config.over", "invalid"},
		{"map", `{"over":"vars.list"}`, "config.node", "invalid"},
		{"map", `{"over":"vars.","node":"page"}`, "config.over", "bad_expression"},
		{"map", `{"over":"vars.list","node":"nobody"}`, "config.node", "unknown_node"},
		{"map", `{"over":"vars.list","node":"n"}`, "config.node", "unknown_node"},
		{"map", `{"over":"vars.list","node":"page","arguments":{"a":"{{ item + }}"}}`, "config.arguments.a", "bad_template"},
		{"map", `{"over":"vars.list","node":"page","parallel":65}`, "config.parallel", "invalid"},
		{"map", `{"over":"vars.list","node":"page","on_error":"ignore"}`, "config.on_error", "invalid"},
		{"map", `{"over":"vars.list","node":"page","graph":"other"}`, "config.graph", "invalid"},
		{"map", `{"over":"vars.list","node":"page","build":2}`, "config.node", "invalid"},
		{"map", `{"over":"vars.list","graph":"self"}`, "config.graph", "self_reference"},
		{"map", `{"over":"vars.list","graph":"other","message":"{{ item + }}"}`, "config.message", "bad_template"},
		{"graph", `{}`, "config.graph", "invalid"},
		{"graph", `{"graph":"self"}`, "config.graph", "self_reference"},
		{"graph", `{"graph":"other","build":0}`, "config.build", "invalid"},
		{"graph", `{"graph":"other","build":"latest"}`, "config.build", "invalid"},
		{"graph", `{"graph":"other","message":5}`, "config.message", "invalid"},
		{"graph", `{"graph":"other","variables":{"a.b":1}}`, "config.variables", "invalid"},
		{"graph", `{"graph":"other","variables":{"a":"{{ 1 + }}"}}`, "config.variables.a", "bad_template"},
		{"condition", `{}`, "config.branches", "invalid"},
		{"condition", `{"branches":[{"when":"true"}]}`, "config.branches[0].name", "invalid"},
		{"condition", `{"branches":[{"name":"a","when":"true"},{"name":"a","when":"true"}]}`, "config.branches[1].name", "duplicate_id"},
		{"condition", `{"branches":[{"name":"a","when":"vars."}]}`, "config.branches[0].when", "bad_expression"},
		{"wait", `{}`, "config.for", "invalid"},
		{"wait", `{"for":"soon"}`, "config.for", "invalid"},
		{"wait", `{"for":"0s"}`, "config.for", "invalid"},
		{"wait", `{"for":"-1h"}`, "config.for", "invalid"},
		{"wait", `{"for":"721h"}`, "config.for", "invalid"},
		{"wait", `{"for":"1h","until":"2026-03-29T07:00:00Z"}`, "config.until", "invalid"},
		{"wait", `{"until":"tomorrow"}`, "config.until", "invalid"},
		{"wait", `{"until":"0000-01-01T00:00:00Z"}`, "config.until", "invalid"},
		{"wait", `{"for":"{{ 1 + }}"}`, "config.for", "bad_template"},
		{"wait", `{"event":{"type":"x"}}`, "config.event", "unknown_field"},
		{"human", `{}`, "config.question", "invalid"},
		{"human", `{"question":"{{ x y }}"}`, "config.question", "bad_template"},
		{"human", `{"question":"?","options":["a","a"]}`, "config.options[1]", "duplicate_id"},
		{"human", `{"question":"?","options":["a",""]}`, "config.options[1]", "invalid"},
		{"human", `{"question":"?","assignees":[""]}`, "config.assignees[0]", "invalid"},
		{"human", `{"question":"?","options":["a"],"form":{"type":"object"}}`, "config.form", "invalid"},
		{"human", `{"question":"?","form":{"type":5}}`, "config.form", "bad_schema"},
		{"human", `{"question":"?","form":{"type":"string"}}`, "config.form", "bad_schema"},
		{"human", `{"question":"?","form":[]}`, "config.form", "bad_schema"},
		{"human", `{"question":"?","expires_in":"soon"}`, "config.expires_in", "invalid"},
		{"human", `{"question":"?","expires_in":"1h","on_expire":"escalate"}`, "config.on_expire", "invalid"},
		{"human", `{"question":"?","on_expire":"fail"}`, "config.on_expire", "invalid"},
		{"human", `{"question":"?","expires_in":"1h","on_expire":"default"}`, "config.default", "invalid"},
		{"human", `{"question":"?","expires_in":"1h","default":"a"}`, "config.default", "invalid"},
		{"human", `{"question":"?","options":["a"],"expires_in":"1h","on_expire":"default","default":"b"}`, "config.default", "invalid"},
		{"human", `{"question":"?","form":{"type":"object","required":["n"]},"expires_in":"1h","on_expire":"default","default":{}}`, "config.default.n", "invalid"},
		{"callback", `{}`, "config.http.url", "invalid"},
		{"callback", `{"http":{"method":"POST","url":"https://x","json":{"a":1}}}`, "config.http", "invalid"},
		{"callback", `{"http":{"method":"POST","url":"https://x","json":{"a":"{{ callback.url }}"}},"timeout":"never"}`, "config.timeout", "invalid"},
		{"callback", `{"http":{"url":"{{ callback.url }}"}}`, "config.http.url", "invalid"},
		{"sleep", `{}`, "config.for", "invalid"},
		{"sleep", `{"for":"soon"}`, "config.for", "invalid"},
		{"sleep", `{"for":"-1s"}`, "config.for", "invalid"},

		{"tool", `{}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"/path"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"ftp://x/"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://u:p@x/"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"{{ args.url }}"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"{{ vars.url }}/x"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"{{ env.A + vars.b }}"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://{{ message }}/x"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://x{{ message }}"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://x:{{ vars.port }}/"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://{{ vars.of }}.x/"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://{{ env.A }}{{ args.b }}/x"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"{{ env.A }}{{ vars.path }}"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"{{ env.A }}.{{ vars.path }}/x"}}`, "config.http.url", "invalid"},
		{"tool", `{"http":{"url":"https://x/{{ 1 + }}"}}`, "config.http.url", "bad_template"},
		{"tool", `{"http":{"url":"https://x","method":"get"}}`, "config.http.method", "invalid"},
		{"tool", `{"http":{"url":"https://x","method":"CONNECT"}}`, "config.http.method", "invalid"},
		{"tool", `{"http":{"url":"https://x","json":1}}`, "config.http", "invalid"},
		{"tool", `{"http":{"url":"https://x","method":"POST","json":1,"body":"x"}}`, "config.http", "invalid"},
		{"tool", `{"http":{"url":"https://x","headers":{"Host":"y"}}}`, "config.http.headers", "invalid"},
		{"tool", `{"http":{"url":"https://x","headers":{"x-trigger-depth":"0"}}}`, "config.http.headers", "invalid"},
		{"tool", `{"http":{"url":"https://x","headers":{"a b":"y"}}}`, "config.http.headers", "invalid"},
		{"tool", `{"http":{"url":"https://x","ok":["2xx","20x"]}}`, "config.http.ok[1]", "invalid"},
		{"tool", `{"http":{"url":"https://x","max_bytes":2000000}}`, "config.http.max_bytes", "invalid"},
		{"tool", `{"http":{"url":"https://x","retries":2}}`, "config.http.retries", "unknown_field"},

		{"mcp", `{"tool":"add"}`, "config.server.url", "invalid"},
		{"mcp", `{"server":{"url":"{{ vars.url }}"},"tool":"add"}`, "config.server.url", "invalid"},
		{"mcp", `{"server":{"url":"https://{{ message }}"},"tool":"add"}`, "config.server.url", "invalid"},
		{"mcp", `{"server":{"url":"https://x","headers":{"Idempotency-Key":"x"}},"tool":"add"}`, "config.server.headers", "invalid"},
		{"mcp", `{"server":{"url":"https://x","headers":{"a b":"x"}},"tool":"add"}`, "config.server.headers", "invalid"},
		{"mcp", `{"server":{"url":"https://x"}}`, "config.tool", "invalid"},
		{"mcp", `{"server":{"url":"https://x"},"tool":"{{ message }}"}`, "config.tool", "invalid"},
		{"mcp", `{"server":{"url":"https://x"},"tool":"` + strings.Repeat("x", 129) + `"}`, "config.tool", "invalid"},
		{"mcp", `{"server":{"url":"https://x"},"tool":"add","arguments":{"a":"{{ 1 + }}"}}`, "config.arguments.a", "bad_template"},
		{"mcp", `{"server":{"url":"https://x"},"tool":"add","arguments":[]}`, "config.arguments", "invalid"},
		{"mcp", `{"server":{"url":"https://x","command":"npx"},"tool":"add"}`, "config.server.command", "unknown_field"},
		{"mcp", `{"server":"https://x","tool":"add"}`, "config.server", "invalid"},

		{"remote", `{"node":"sum"}`, "config.runtime.url", "invalid"},
		{"remote", `{"runtime":{"url":"https://x","headers":{"Host":"x"}},"node":"sum"}`, "config.runtime.headers", "invalid"},
		{"remote", `{"runtime":{"url":"https://x","protocol":"grpc"},"node":"sum"}`, "config.runtime.protocol", "invalid"},
		{"remote", `{"runtime":{"url":"https://x.{{ message }}/"},"node":"sum"}`, "config.runtime.url", "invalid"},
		{"remote", `{"runtime":{"url":"https://x"}}`, "config.node", "invalid"},
		{"remote", `{"runtime":{"url":"https://x"},"node":"{{ message }}"}`, "config.node", "invalid"},
		{"remote", `{"runtime":{"url":"https://x"},"node":"sum","code":"return 1"}`, "config.code", "unknown_field"},

		{"agent", `{}`, "config.model", "invalid"},
		{"agent", `{"model":"m","temperature":3}`, "config.temperature", "invalid"},
		{"agent", `{"model":"m","max_turns":-1}`, "config.max_turns", "invalid"},
		{"agent", `{"model":"m","repairs":9}`, "config.repairs", "invalid"},
		{"agent", `{"model":"m","prompt":"{{ x y }}"}`, "config.prompt", "bad_template"},
		{"agent", `{"model":"m","output_schema":{"type":5}}`, "config.output_schema", "bad_schema"},
		{"agent", `{"model":"m","fallbacks":["x","m"]}`, "config.fallbacks[1]", "duplicate_id"},
		{"agent", `{"model":"m","fallbacks":["x","x"]}`, "config.fallbacks[1]", "duplicate_id"},
		{"agent", `{"model":"m","fallbacks":[""]}`, "config.fallbacks[0]", "invalid"},
		{"agent", `{"model":"m","fallbacks":["a","b","c","d","e"]}`, "config.fallbacks", "invalid"},
		{"agent", `{"model":"m","input_vars":["a.b"]}`, "config.input_vars[0]", "invalid"},
		{"agent", `{"model":"m","input_vars":["a"],"input":{"x":"{{ vars.b }}"}}`, "config.input.x", "invalid"},
		{"agent", `{"model":"m","tools":[{"builtin":"exec"}]}`, "config.tools[0].builtin", "invalid"},
		{"agent", `{"model":"m","tools":[{"builtin":"finish"},{"builtin":"finish"}]}`, "config.tools[1].builtin", "duplicate_id"},
		{"agent", `{"model":"m","tools":[{"agent":"page"}]}`, "config.tools[0].agent", "unknown_node"},
		{"agent", `{"model":"m","tools":[{"agent":"deep","node":"page"}]}`, "config.tools[0]", "invalid"},
		{"agent", `{"model":"m","tools":[{}]}`, "config.tools[0]", "invalid"},
		{"child_agent", `{}`, "config.model", "invalid"},
		{"child_agent", `{"model":"m","tools":[{"node":"nobody"}]}`, "config.tools[0].node", "unknown_node"},
		{"agent", `{"model":"m","tools":[{"node":"page"},{"node":"nobody"}]}`, "config.tools[1].node", "unknown_node"},
		{"agent", `{"model":"m","tools":[{"node":"n"}]}`, "config.tools[0].node", "unknown_node"},
		{"agent", `{"model":"m","tools":[{"node":"page"},{"node":"page"}]}`, "config.tools[1].node", "duplicate_id"},
		{"agent", `{"model":"m","tools":[{"node":"` + long.ID + `"}]}`, "config.tools[0].node", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":"x"}]}`, "config.tools[0].mcp", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"}}]}`, "config.tools[0].allow", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"{{ message }}"},"allow":["a"]}]}`, "config.tools[0].mcp.url", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x","headers":{"X-To":"{{ args.to }}"}},"allow":["a"]}]}`, "config.tools[0].mcp", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x","headers":{"X-To":"{{ args }}"}},"allow":["a"]}]}`, "config.tools[0].mcp", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"},"allow":["a","{{ message }}"]}]}`, "config.tools[0].allow[1]", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"},"allow":["a.b","a_b"]}]}`, "config.tools[0].allow[1]", "duplicate_id"},
		{"agent", `{"model":"m","tools":[{"node":"page"},{"mcp":{"url":"https://x"},"allow":["page"]}]}`, "config.tools[1].allow[0]", "duplicate_id"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"},"allow":["page"]},{"node":"page"}]}`, "config.tools[1].node", "duplicate_id"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"},"allow":["` + strings.Repeat("x", 65) + `"]}]}`, "config.tools[0].allow[0]", "invalid"},
		{"agent", `{"model":"m","tools":[{"mcp":{"url":"https://x"},"allow":["a"],"idempotent":["b"]}]}`, "config.tools[0].idempotent[0]", "invalid"},
		{"agent", `{"model":"m","tools":[{"node":"page","allow":["a"]}]}`, "config.tools[0]", "invalid"},
		{"agent", `{"model":"m","tools":[{"node":"page","mcp":{"url":"https://x"},"allow":["a"]}]}`, "config.tools[0]", "invalid"},
	} {
		n := nodeOf("n", c.kind, c.config)
		g := graphOf(n, page, deep, long)
		g.Name = "self"
		known, details := registry.Check(n, g)
		if !known || len(details) == 0 || details[0].Path != c.path || details[0].Code != c.code {
			t.Errorf("%s %s: %+v, want %s at %s", c.kind, c.config, details, c.code, c.path)
		}
	}
}

func TestAnAgentThatComesBackToItselfIsRefused(t *testing.T) {
	t.Parallel()
	n := graph.Node{ID: "n", Kind: "agent", Callable: true, Config: json.RawMessage(`{"model":"m","tools":[{"node":"deep"}]}`)}
	deep := graph.Node{ID: "deep", Kind: "agent", Callable: true, Config: json.RawMessage(`{"model":"m","tools":[{"node":"n"}]}`)}
	_, details := node.NewRegistry(kinds.All()...).Check(n, graphOf(n, deep))
	if len(details) != 1 || details[0].Code != "self_reference" || details[0].Path != "config.tools[0].node" {
		t.Errorf("got %+v", details)
	}
}

func TestEveryBranchHasAnEdgeAndEveryEdgeABranch(t *testing.T) {
	t.Parallel()
	n := nodeOf("n", "condition", `{"branches":[{"name":"few","when":"true"},{"name":"many","when":"true"}]}`)
	g := graphOf(n, nodeOf("few", "transform", `{}`), nodeOf("rest", "transform", `{}`))
	for want, edges := range map[string][]graph.Edge{
		"":                        {{From: "n", To: "few", Branch: "few"}, {From: "n", To: "rest", Branch: "many"}, {From: "n", To: "rest", Else: true}},
		"config.branches[1].name": {{From: "n", To: "few", Branch: "few"}, {From: "n", To: "rest", Else: true}, {From: "rest", To: "few", Branch: "many"}},
		"config.branches":         {{From: "n", To: "few", Branch: "few"}, {From: "n", To: "few", Branch: "many"}, {From: "n", To: "rest", Branch: "mnay"}},
	} {
		g.Edges = edges
		_, details := node.NewRegistry(kinds.All()...).Check(n, g)
		var got []string
		for _, d := range details {
			got = append(got, d.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %v, want %q", edges, details, want)
		}
	}
}

func TestAMapThatComesBackToItselfIsRefused(t *testing.T) {
	t.Parallel()
	n := graph.Node{ID: "n", Kind: "map", Callable: true, Config: json.RawMessage(`{"over":"vars.list","node":"deep"}`)}
	deep := graph.Node{ID: "deep", Kind: "agent", Callable: true, Config: json.RawMessage(`{"model":"m","tools":[{"node":"n"}]}`)}
	for _, c := range []struct {
		checked graph.Node
		path    string
	}{{n, "config.node"}, {deep, "config.tools[0].node"}} {
		_, details := node.NewRegistry(kinds.All()...).Check(c.checked, graphOf(n, deep))
		if len(details) != 1 || details[0].Code != "self_reference" || details[0].Path != c.path {
			t.Errorf("%s: got %+v", c.checked.ID, details)
		}
	}
}

func TestTheListHasEveryKindOnce(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range kinds.All() {
		names = append(names, k.Name())
	}
	if !slices.Equal(names, []string{"start", "agent", "child_agent", "tool", "mcp", "remote", "transform", "map", "graph", "condition", "wait", "human", "callback", "sleep", "fail", "end"}) {
		t.Errorf("the list is %v", names)
	}
}
