package node

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Need is something that a graph expects of the environment that it runs in.
type Need struct {
	Kind NeedKind
	Name string
	// Path leads to where the graph first names it ("nodes.triage.config.model").
	Path string
}

// NeedKind is what an environment can be asked for.
type NeedKind string

const (
	NeedsVariable NeedKind = "variable"
	NeedsSecret   NeedKind = "secret"
	NeedsModel    NeedKind = "model"
)

// Needy kinds name things of the environment in other ways than by templates.
// Paths begin behind the node ("config.model").
type Needy interface {
	Needs(n graph.Node) []Need
}

// Needs are what a graph expects of its environment, each once, sorted by kind
// and name.
func (r Registry) Needs(g graph.Graph) []Need {
	first := map[Need]string{}
	need := func(path string, n Need) {
		n.Path = ""
		if _, known := first[n]; !known {
			first[n] = path
		}
	}
	for _, n := range g.Nodes {
		for _, needed := range r.ofNode(n) {
			need(strictjson.Under("nodes."+n.ID, needed.Path), needed)
		}
	}
	for i, e := range g.Edges {
		for _, needed := range Expression(fmt.Sprintf("edges[%d].when", i), e.When) {
			need(needed.Path, needed)
		}
	}
	return sorted(first)
}

// ofNode are the needs of one node, in the order in which it is read.
func (r Registry) ofNode(n graph.Node) (needs []Need) {
	for _, name := range expr.TemplateNames(n.Config, "env", "secrets") {
		name.Path = strictjson.Under("config", name.Path)
		needs = append(needs, named(name))
	}
	for _, variable := range slices.Sorted(maps.Keys(n.Capture)) {
		needs = append(needs, Expression("capture."+variable, n.Capture[variable].Expr)...)
	}
	if k, ok := r[n.Kind].(Needy); ok {
		needs = append(needs, k.Needs(n)...)
	}
	return needs
}

// Expression are the needs of bare CEL.
func Expression(path, src string) (needs []Need) {
	for _, name := range expr.Names(src, "env", "secrets") {
		name.Path = path
		needs = append(needs, named(name))
	}
	return needs
}

func named(n expr.Name) Need {
	kind := NeedsVariable
	if n.Root == "secrets" {
		kind = NeedsSecret
	}
	return Need{Kind: kind, Name: n.Name, Path: n.Path}
}

func sorted(first map[Need]string) []Need {
	needs := make([]Need, 0, len(first))
	for n, path := range first {
		n.Path = path
		needs = append(needs, n)
	}
	slices.SortFunc(needs, func(a, b Need) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return needs
}

// Has is what an environment holds. Secrets are by name only.
type Has struct {
	Variables map[string]bool
	Secrets   map[string]bool
	Models    map[string]model.Connection
}

// Lacks are those of the needs that the environment does not meet. A model
// whose connection names a secret that is not there lacks that secret.
func (h Has) Lacks(needs []Need) []Need {
	lacks := []Need{}
	for _, n := range needs {
		switch n.Kind {
		case NeedsVariable:
			if !h.Variables[n.Name] {
				lacks = append(lacks, n)
			}
		case NeedsSecret:
			if !h.Secrets[n.Name] {
				lacks = append(lacks, n)
			}
		case NeedsModel:
			lacks = append(lacks, h.lacksModel(n)...)
		}
	}
	return lacks
}

func (h Has) lacksModel(n Need) []Need {
	connection, known := h.Models[n.Name]
	switch {
	case !known:
		return []Need{n}
	case connection.Secret != "" && !h.Secrets[connection.Secret]:
		return []Need{{Kind: NeedsSecret, Name: connection.Secret, Path: "models." + n.Name + ".secret"}}
	}
	return nil
}

// Model is the need of a reference to a model, or none: the offline model is
// everywhere, and what a template will say nobody knows before it runs.
func Model(path, ref string) []Need {
	connection, _, _ := strings.Cut(ref, "/")
	if ref == "" || ref == model.EchoRef || strings.Contains(connection, "{{") {
		return nil
	}
	return []Need{{Kind: NeedsModel, Name: connection, Path: path}}
}
