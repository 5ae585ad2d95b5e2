package manifest

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/tenant"
)

const echo = `
nodes:
  - {id: start, kind: start}
  - {id: end, kind: end}
edges:
  - {from: start, to: end}
`

// source serves files from memory and two variables.
func source(files map[string]string) Source {
	return Source{
		File: func(path string) ([]byte, error) {
			text, ok := files[path]
			if !ok {
				return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
			}
			return []byte(text), nil
		},
		Env: func(name string) (string, bool) {
			text, ok := map[string]string{"TOKEN": "t0ken", "CI_KEY": strings.Repeat("k", 32)}[name]
			return text, ok
		},
	}
}

func TestReadFillsInValuesAndGraphs(t *testing.T) {
	t.Parallel()
	m, err := Read("conf/onset.yaml", source(map[string]string{
		"conf/onset.yaml": `
workspaces:
  - name: demo
    title: Demo
    default_environment: DEV
    limits: {running: 5, pending: 10}
    keys:
      - {name: local, preset: invoke, environments: [DEV]}
      - {name: ci, scopes: ["trigger:invoke"], value: {from_env: CI_KEY}}
    environments:
      DEV:
        variables: {URL: "http://127.0.0.1:9999", LEFT_OUT: {from_env: NOBODY, optional: true}}
        secrets: {TOKEN: {from_env: TOKEN}}
        models: {default: {base_url: "https://api.openai.com/v1", secret: TOKEN, model: m, usd_per_mtok: [0.25, 2]}}
    graphs:
      - {file: graphs/echo.yaml, assign: [DEV]}
      - {file: ../named.json}
    triggers:
      - {name: t, kind: api, graph: echo, build: 3, config: {message: hi}, labels: {owner: data}}
      - {name: u, kind: api, graph: echo, build: assigned}
`,
		"conf/graphs/echo.yaml": echo,
		"named.json":            `{"name": "other", "nodes": [{"id": "start", "kind": "start"}]}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	w := m.Workspaces[0]
	dev := w.Environments["DEV"]
	for what, ok := range map[string]bool{
		"limits":          *w.Limits == tenant.Limits{Running: 5, Pending: 10},
		"plain value":     dev.Variables["URL"].Text == "http://127.0.0.1:9999",
		"optional absent": !dev.Variables["LEFT_OUT"].Given(),
		"secret":          dev.Secrets["TOKEN"].Text == "t0ken",
		"given key":       w.Keys[1].Value.Text.Reveal() == strings.Repeat("k", 32) && !w.Keys[0].Value.Given(),
		"model":           dev.Models["default"].USDPerMTok == [2]float64{0.25, 2},
		"name of file":    w.Graphs[0].Definition.Name == "echo" && len(w.Graphs[0].Definition.Nodes) == 2,
		"own name":        w.Graphs[1].Definition.Name == "other",
		"pinned":          w.Triggers[0].Build == 3 && w.Triggers[1].Build == Assigned,
		"config":          string(w.Triggers[0].Config) == `{"message":"hi"}`,
	} {
		if !ok {
			t.Errorf("%s is wrong in %+v", what, w)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(text, "t0ken") {
		t.Error("a manifest prints its secrets")
	}
}

func TestReadTellsEveryMistakeWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"unknown field":     {"{name: a, colour: red}", []string{"workspaces[0].colour"}},
		"wrong type":        {"{name: a, graphs: {}}", []string{"workspaces[0].graphs"}},
		"no name":           {"{title: x}", []string{"workspaces[0].name"}},
		"bad name":          {"{name: 'a b'}", []string{"workspaces[0].name"}},
		"number as value":   {"{name: a, environments: {DEV: {variables: {PORT: 80}}}}", []string{"workspaces[0].environments.DEV.variables.PORT"}},
		"missing variable":  {"{name: a, environments: {DEV: {secrets: {S: {from_env: NOBODY}}}}}", []string{"workspaces[0].environments.DEV.secrets.S", "NOBODY"}},
		"not environments":  {"{name: a, environments: {STAGE: {}}, default_environment: dev}", []string{"environments.STAGE", "default_environment"}},
		"bad keys":          {"{name: a, keys: [{name: k}, {name: k, preset: root}, {name: l, scopes: [all]}]}", []string{"keys[0].scopes", "keys[1].name", "keys[1].preset", "keys[2].scopes[0]"}},
		"missing file":      {"{name: a, graphs: [{file: nowhere.yaml, assign: [QA]}]}", []string{"graphs[0].file", "nowhere.yaml", "graphs[0].assign"}},
		"graph with a typo": {"{name: a, graphs: [{file: typo.yaml}]}", []string{"graphs[0].file", "nodes[0].knd"}},
		"bad triggers":      {"{name: a, triggers: [{name: t, build: 0}, {name: t, kind: api, graph: g}]}", []string{"triggers[0].build"}},
		"half a trigger":    {"{name: a, triggers: [{name: t}, {name: t, kind: api, graph: g}]}", []string{"triggers[0].kind", "triggers[0].graph", "triggers[1].name"}},
	} {
		_, err := Read("m.yaml", source(map[string]string{
			"m.yaml":    "workspaces: [" + c.in + "]",
			"typo.yaml": "nodes: [{id: start, knd: start}]",
		}))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		missing := slices.DeleteFunc(slices.Clone(c.want), func(s string) bool { return strings.Contains(err.Error(), s) })
		if len(missing) > 0 {
			t.Errorf("%s: %v does not tell %q", name, err, missing)
		}
	}
}

func TestReadSaysWhichFileIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := Read("gone.yaml", source(nil)); err == nil || !strings.Contains(err.Error(), "gone.yaml") {
		t.Errorf("error is %v", err)
	}
}

func TestReadKnowsAGraphThatIsTakenForAManifest(t *testing.T) {
	t.Parallel()
	_, err := Read("conf/echo.yaml", source(map[string]string{"conf/echo.yaml": echo}))
	if err == nil || !strings.Contains(err.Error(), "conf/echo.yaml is a graph and no manifest") || !strings.Contains(err.Error(), "{file: echo.yaml}") {
		t.Errorf("got %v", err)
	}
}
