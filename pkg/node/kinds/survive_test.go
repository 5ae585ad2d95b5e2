package kinds_test

import (
	"testing"
	"testing/synctest"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/node/nodetest"
)

// good is a config that each kind accepts.
var good = map[string]string{
	"start":       `{}`,
	"agent":       `{"model":"onset/echo","prompt":"@say hi","output_schema":{"type":"string","pattern":"^{{"}}`,
	"child_agent": `{"model":"onset/echo","fallbacks":["other"],"input_vars":["id"],"input":"{{ vars.id }}","tools":[{"agent":"helper"},{"builtin":"finish"}]}`,
	"tool":        `{"http":{"method":"POST","url":"{{ env.API }}/x/{{ vars.id }}","json":{"a":"{{ message }}"},"ok":["2xx","404"]},"idempotent":true}`,
	"mcp":         `{"server":{"url":"{{ env.TOOLS }}","headers":{"Authorization":"Bearer {{ secrets.TOOLS }}"}},"tool":"add","arguments":{"a":"{{ vars.n }}"}}`,
	"remote":      `{"runtime":{"url":"https://{{ env.HOST }}/nodes","protocol":"json"},"node":"sum","arguments":{"list":"{{ vars.list }}"},"idempotent":true}`,
	"transform":   `{"set":{"answer":"{{ message }}"}}`,
	"map":         `{"over":"vars.list","node":"helper","arguments":{"n":"{{ index }}"}}`,
	"wait":        `{"for":"{{ vars.n }}h"}`,
	"human":       `{"question":"Ship {{ message }}?","options":["yes","no"],"assignees":["ada"],"expires_in":"48h","on_expire":"default","default":"no"}`,
	"callback":    `{"http":{"method":"POST","url":"https://example.com","json":{"reply_to":"{{ callback.url }}"}},"timeout":"1h"}`,
	"graph":       `{"graph":"other","build":"assigned","message":"{{ vars.answer }}","variables":{"n":"{{ vars.n }}"}}`,
	"sleep":       `{"for":"20s"}`,
	"condition":   `{"branches":[{"name":"many","when":"vars.n > 5"}]}`,
	"fail":        `{"error":"boom"}`,
	"end":         `{"result":{"answer":"{{ vars.answer }}"}}`,
}

func TestEveryKindSurvives(t *testing.T) {
	t.Parallel()
	for _, k := range kinds.All() {
		config, ok := good[k.Name()]
		if !ok {
			t.Errorf("the kind %q has no good config in this test", k.Name())
			continue
		}
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			nodetest.Survive(t, k, config)
		})
	}
}

func FuzzConfigs(f *testing.F) {
	all := kinds.All()
	for i, k := range all {
		f.Add(i, good[k.Name()])
	}
	f.Add(1, `{"model":"onset/echo","tools":[{"node":"n"}],"output_schema":{"$ref":"#"}}`)
	f.Add(2, `{"http":{"url":"https://{{ vars.x }}@h:1/?{{ message }}#","query":{"a":["{{ vars }}"]}}}`)
	f.Fuzz(func(t *testing.T, kind int, config string) {
		k := all[uint(kind)%uint(len(all))]
		nodetest.Endure(t, k, config)
	})
}

// bench makes one node of a kind ready to run.
func bench(kind, config string) *nodetest.Bench {
	return &nodetest.Bench{Kinds: node.NewRegistry(kinds.All()...), Graph: graphOf(nodeOf("n", kind, config)), Scope: scope()}
}

// inBubble runs a test in fake time.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}
