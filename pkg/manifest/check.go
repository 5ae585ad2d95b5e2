package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
)

// check says what is wrong with a manifest that could be read: names, and the
// words whose meaning is known without a server. Graphs and the configs of
// triggers are judged where they are saved.
func check(m Manifest) []fault.Detail {
	var c checker
	names := taken{}
	for i, w := range m.Workspaces {
		at := fmt.Sprintf("workspaces[%d]", i)
		c.name(at+".name", w.Name, names)
		if w.DefaultEnvironment != "" {
			c.environments(at+".default_environment", []string{w.DefaultEnvironment})
		}
		c.keys(at, w.Keys)
		for _, name := range slices.Sorted(maps.Keys(w.Environments)) {
			c.environments(at+".environments."+name, []string{name})
		}
		c.graphs(at, w.Graphs)
		c.triggers(at, w.Triggers)
	}
	return c.details
}

type checker struct{ details []fault.Detail }

// taken are the names of one list.
type taken map[string]bool

func (c *checker) keys(at string, keys []Key) {
	names := taken{}
	for i, k := range keys {
		at := fmt.Sprintf("%s.keys[%d]", at, i)
		c.name(at+".name", k.Name, names)
		_, _, err := key.Wanted{Preset: k.Preset, Scopes: k.Scopes, Environments: k.Environments}.Parse()
		if err == nil {
			continue
		}
		for _, d := range fault.Of(err).Details {
			c.wrong(at+"."+d.Path, "%s", d.Message)
		}
	}
}

func (c *checker) graphs(at string, graphs []Graph) {
	names := taken{}
	for i, g := range graphs {
		at := fmt.Sprintf("%s.graphs[%d]", at, i)
		if g.Definition.Name != "" { // else its file could not be read, which is told already
			c.name(at+".file", g.Definition.Name, names)
		}
		c.environments(at+".assign", g.Assign)
	}
}

func (c *checker) triggers(at string, triggers []Trigger) {
	names := taken{}
	for i, t := range triggers {
		at := fmt.Sprintf("%s.triggers[%d]", at, i)
		c.name(at+".name", t.Name, names)
		c.environments(at+".environments", t.Environments)
		if t.Kind == "" {
			c.wrong(at+".kind", "a trigger has a kind")
		}
		if t.Graph == "" {
			c.wrong(at+".graph", "a trigger names its graph")
		}
	}
}

func (c *checker) name(at, name string, names taken) {
	switch {
	case !tenant.ValidName(name):
		c.wrong(at, "%q is not a name: %s", name, tenant.NameRule)
	case names[name]:
		c.wrong(at, "%q is declared twice", name)
	}
	names[name] = true
}

func (c *checker) environments(at string, names []string) {
	for _, name := range names {
		if !tenant.IsEnvironment(name) {
			c.wrong(at, "%q is not an environment: %s", name, strings.Join(tenant.Environments, ", "))
		}
	}
}

func (c *checker) wrong(at, format string, args ...any) {
	c.details = append(c.details, detail(at, format, args...))
}
