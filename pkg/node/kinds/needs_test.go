package kinds_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
)

// needy names everything that an environment can hold, some of it twice.
const needy = `{"nodes":[{"id":"start","kind":"start"},
 {"id":"call","kind":"tool","config":{"http":{"url":"{{ env.BASE }}/x","headers":{"Authorization":"{{ secrets.TOKEN }}"}}},"capture":{"region":"env.REGION"}},
 {"id":"ask","kind":"agent","config":{"fallbacks":["default/large","spare","onset/echo"],"model":"default/gpt","prompt":"{{ env.BASE }}"}},
 {"id":"other","kind":"agent","config":{"model":"cheap"}},
 {"id":"echo","kind":"agent","config":{"model":"onset/echo"}},
 {"id":"chosen","kind":"agent","config":{"model":"{{ vars.model }}/x"}},
 {"id":"each","kind":"map","config":{"over":"[env.LIST]","node":"x"}},
 {"id":"end","kind":"end"}],
 "edges":[{"from":"start","to":"call","when":"env.ON == 'yes' || has(env.MAYBE)"}]}`

func TestNeedsAreToldOnceWithTheirPlace(t *testing.T) {
	t.Parallel()
	g, wrong := graph.Parse([]byte(needy))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	needs := node.NewRegistry(kinds.All()...).Needs(g)
	want := []node.Need{
		{Kind: node.NeedsModel, Name: "cheap", Path: "nodes.other.config.model"},
		{Kind: node.NeedsModel, Name: "default", Path: "nodes.ask.config.model"},
		{Kind: node.NeedsModel, Name: "spare", Path: "nodes.ask.config.fallbacks[1]"},
		{Kind: node.NeedsSecret, Name: "TOKEN", Path: "nodes.call.config.http.headers.Authorization"},
		{Kind: node.NeedsVariable, Name: "BASE", Path: "nodes.call.config.http.url"},
		{Kind: node.NeedsVariable, Name: "LIST", Path: "nodes.each.config.over"},
		{Kind: node.NeedsVariable, Name: "ON", Path: "edges[0].when"},
		{Kind: node.NeedsVariable, Name: "REGION", Path: "nodes.call.capture.region"},
	}
	if d := cmp.Diff(want, needs); d != "" {
		t.Error(d)
	}
	empty := node.Has{}
	if d := cmp.Diff(want, empty.Lacks(needs)); d != "" {
		t.Errorf("an empty environment: %s", d)
	}
	has := node.Has{
		Variables: map[string]bool{"BASE": true, "LIST": true, "ON": true, "REGION": true},
		Secrets:   map[string]bool{"TOKEN": true},
		Models:    map[string]model.Connection{"default": {Secret: "OPENAI"}, "cheap": {}, "spare": {}},
	}
	want = []node.Need{{Kind: node.NeedsSecret, Name: "OPENAI", Path: "models.default.secret"}}
	if d := cmp.Diff(want, has.Lacks(needs)); d != "" {
		t.Errorf("a connection without its secret: %s", d)
	}
	has.Secrets["OPENAI"] = true
	if lacks := has.Lacks(needs); len(lacks) != 0 {
		t.Errorf("a full environment lacks %v", lacks)
	}
}
