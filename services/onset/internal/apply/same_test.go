package apply

import (
	"encoding/json"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/tenant"
)

func TestSameTriggerHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const kept = `{"name":"t","kind":"api","graph":"g","build":"assigned","environments":["DEV","PROD","UAT"],"config":{"b":1,"a":"x"},"policies":{},"labels":{}}`
	for name, c := range map[string]struct {
		want string
		same bool
	}{
		"defaults left out":  {`{"name":"t","kind":"api","graph":"g","config":{"a":"x","b":1}}`, true},
		"other order":        {`{"name":"t","kind":"api","graph":"g","environments":["UAT","DEV","PROD"],"config":{"a":"x","b":1}}`, true},
		"other title":        {`{"name":"t","title":"T","kind":"api","graph":"g","config":{"a":"x","b":1}}`, false},
		"fewer environments": {`{"name":"t","kind":"api","graph":"g","environments":["DEV"],"config":{"a":"x","b":1}}`, false},
		"pinned":             {`{"name":"t","kind":"api","graph":"g","build":1,"config":{"a":"x","b":1}}`, false},
		"other config":       {`{"name":"t","kind":"api","graph":"g","config":{"a":"x","b":2}}`, false},
		"a policy":           {`{"name":"t","kind":"api","graph":"g","config":{"a":"x","b":1},"policies":{"timeout":"1m"}}`, false},
		"a label":            {`{"name":"t","kind":"api","graph":"g","config":{"a":"x","b":1},"labels":{"o":"d"}}`, false},
	} {
		if got := sameTrigger(decoded[manifest.Trigger](t, c.want), decoded[manifest.Trigger](t, kept)); got != c.same {
			t.Errorf("%s: same is %v", name, got)
		}
	}
}

func TestSameGraphHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	a := decoded[graph.Graph](t, `{"nodes":[{"id":"n","kind":"sleep","timeout":"60s","config":{"b":9007199254740993,"a":1}}]}`)
	b := decoded[graph.Graph](t, `{"nodes":[{"kind":"sleep","id":"n","timeout":"1m","config":{"a":1,"b":9007199254740993}}]}`)
	c := decoded[graph.Graph](t, `{"nodes":[{"id":"n","kind":"sleep","timeout":"1m","config":{"a":1,"b":9007199254740992}}]}`)
	if !same(a, b) {
		t.Error("the same graph in another order differs")
	}
	if same(a, c) {
		t.Error("two numbers that differ in their last digit are the same")
	}
}

func TestKeyGrantsWhatIsDeclared(t *testing.T) {
	t.Parallel()
	there := shownKey{Scopes: []key.Scope{key.RunRead, key.TriggerInvoke}, Environments: []string{"DEV"}}
	for name, c := range map[string]struct {
		want manifest.Key
		ok   bool
	}{
		"by preset":        {manifest.Key{Preset: "invoke", Environments: []string{"DEV"}}, true},
		"by scopes":        {manifest.Key{Scopes: []string{"trigger:invoke", "run:read"}, Environments: []string{"DEV"}}, true},
		"more scopes":      {manifest.Key{Preset: "operator", Environments: []string{"DEV"}}, false},
		"all environments": {manifest.Key{Preset: "invoke"}, false},
	} {
		if got := grants(there, c.want); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWorkspaceChangesOnlyWhatIsDeclared(t *testing.T) {
	t.Parallel()
	there := workspaceDocument{Title: "Demo", Tier: "free", DefaultEnvironment: "DEV", Limits: tenant.Limits{Running: 50, Pending: 100}}
	for name, c := range map[string]struct {
		want   manifest.Workspace
		change workspaceDocument
	}{
		"nothing said":  {manifest.Workspace{}, workspaceDocument{}},
		"the same":      {manifest.Workspace{Title: "Demo", Limits: &tenant.Limits{Running: 50}}, workspaceDocument{}},
		"another title": {manifest.Workspace{Title: "D", Tier: "free"}, workspaceDocument{Title: "D"}},
		"one limit":     {manifest.Workspace{Limits: &tenant.Limits{Running: 7}}, workspaceDocument{Limits: tenant.Limits{Running: 7, Pending: 100}}},
	} {
		if got, differs := differences(c.want, there); got != c.change || differs != (c.change != workspaceDocument{}) {
			t.Errorf("%s: %+v, %v", name, got, differs)
		}
	}
}

func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
