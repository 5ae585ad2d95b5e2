package graph

import (
	"encoding/json"
	"slices"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/strictjson"
)

// outputs is the name under which every node's last output is found.
const outputs = "nodes"

// templates checks that the templates of a config name nodes that exist: a gap
// in their place would be found by nobody but the one who reads the result.
func (v *validation) templates(path string, config json.RawMessage) {
	for _, n := range expr.TemplateNames(config, outputs) {
		v.nameOf(strictjson.Under(path, n.Path), n.Name)
	}
}

// names checks that a bare expression names nodes that exist.
func (v *validation) names(path, src string) {
	for _, n := range expr.Names(src, outputs) {
		v.nameOf(path, n.Name)
	}
}

func (v *validation) nameOf(path, id string) {
	if !slices.ContainsFunc(v.g.Nodes, func(n Node) bool { return n.ID == id }) {
		v.wrong(path, UnknownNode, "no node is called %q", shown(id))
	}
}
