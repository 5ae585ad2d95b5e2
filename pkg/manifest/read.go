package manifest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Source is where a manifest comes from.
type Source struct {
	// File reads a file by its path; the paths inside a manifest are relative
	// to the manifest's own folder.
	File func(path string) ([]byte, error)
	// Env looks a value up for from_env.
	Env func(name string) (string, bool)
}

// Read reads the manifest at a path together with the graphs that it names.
// Everything wrong with it is told at once, a line for each mistake with its
// place.
func Read(at string, from Source) (Manifest, error) {
	raw, err := from.File(at)
	if err != nil {
		return Manifest{}, fmt.Errorf("read the manifest: %w", err)
	}
	doc, err := JSON(raw)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", at, err)
	}
	var m Manifest
	if details := strictjson.Decode(doc, &m); len(details) > 0 {
		if slices.ContainsFunc(details, func(d fault.Detail) bool { return d.Path == "nodes" }) {
			return Manifest{}, fmt.Errorf("%s is a graph and no manifest: apply a manifest that names it under graphs, as {file: %s}", at, filepath.Base(at))
		}
		return Manifest{}, refused(at, details)
	}
	r := reader{Source: from, dir: filepath.Dir(at)}
	for i := range m.Workspaces {
		r.workspace(fmt.Sprintf("workspaces[%d]", i), &m.Workspaces[i])
	}
	if details := append(r.details, check(m)...); len(details) > 0 {
		return Manifest{}, refused(at, details)
	}
	return m, nil
}

func refused(at string, details []fault.Detail) error {
	slices.SortStableFunc(details, func(a, b fault.Detail) int { return strings.Compare(a.Path, b.Path) })
	var text strings.Builder
	fmt.Fprintf(&text, "%s cannot be applied:", at)
	for _, d := range details {
		fmt.Fprintf(&text, "\n  %s: %s", d.Path, d.Message)
	}
	return errors.New(text.String())
}

// reader fills in what a manifest only names: values and graphs.
type reader struct {
	Source
	dir     string
	details []fault.Detail
}

func (r *reader) workspace(where string, w *Workspace) {
	for i := range w.Keys {
		r.value(fmt.Sprintf("%s.keys[%d].value", where, i), &w.Keys[i].Value)
	}
	for name, env := range w.Environments {
		r.values(fmt.Sprintf("%s.environments.%s.variables", where, name), env.Variables)
		r.values(fmt.Sprintf("%s.environments.%s.secrets", where, name), env.Secrets)
	}
	for i := range w.Triggers {
		r.value(fmt.Sprintf("%s.triggers[%d].secret", where, i), &w.Triggers[i].Secret)
	}
	for i := range w.Graphs {
		r.graph(fmt.Sprintf("%s.graphs[%d].file", where, i), &w.Graphs[i])
	}
}

func (r *reader) values(where string, values map[string]Value) {
	for name, v := range values {
		r.value(where+"."+name, &v)
		values[name] = v
	}
}

func (r *reader) value(where string, v *Value) {
	if v.FromEnv == "" {
		return
	}
	text, ok := r.Env(v.FromEnv)
	if !ok && !v.Optional {
		r.wrong(where, "the environment variable %s is not set", v.FromEnv)
	}
	v.Text = secret.Secret(text)
}

func (r *reader) graph(where string, g *Graph) {
	file := g.File
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.dir, file)
	}
	raw, err := r.File(file)
	if err != nil {
		r.wrong(where, "%v", err)
		return
	}
	doc, err := JSON(raw)
	if err != nil {
		r.wrong(where, "%s: %v", g.File, err)
		return
	}
	definition, details := graph.Parse(doc)
	for _, d := range details {
		r.wrong(where, "%s: %s: %s", g.File, d.Path, d.Message)
	}
	if definition.Name == "" {
		base := filepath.Base(file)
		definition.Name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	g.Definition = definition
}

func (r *reader) wrong(where, format string, args ...any) {
	r.details = append(r.details, detail(where, format, args...))
}

func detail(where, format string, args ...any) fault.Detail {
	return fault.Detail{Path: where, Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)}
}
