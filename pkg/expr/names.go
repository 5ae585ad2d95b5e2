package expr

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/onsethq/onset/pkg/strictjson"
)

// Name is something that a text asks of its scope by a fixed word: env.URL is
// the name URL of the root env. Path leads to the text inside the value that
// was read.
type Name struct {
	Path string
	Root string
	Name string
}

// Names are what a bare expression asks for under the roots. What it only tests
// for (has, and the optional ?.) it can do without, and what it computes nobody
// can tell. An expression that cannot be read asks for nothing.
func Names(src string, roots ...string) []Name {
	language, err := environment()
	if err != nil || len(src) > MaxSource {
		return nil
	}
	parsed, issues := language.Parse(src)
	if issues.Err() != nil {
		return nil
	}
	var found []Name
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if root, name, ok := asked(e); ok && slices.Contains(roots, root) {
			found = append(found, Name{Root: root, Name: name})
		}
	}))
	return found
}

// asked reads root.name and root["name"].
func asked(e ast.Expr) (root, name string, ok bool) {
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		if s.IsTestOnly() || s.Operand().Kind() != ast.IdentKind {
			return "", "", false
		}
		return s.Operand().AsIdent(), s.FieldName(), true
	case ast.CallKind:
		c := e.AsCall()
		if c.FunctionName() != operators.Index || len(c.Args()) != 2 || c.Args()[0].Kind() != ast.IdentKind || c.Args()[1].Kind() != ast.LiteralKind {
			return "", "", false
		}
		name, ok = c.Args()[1].AsLiteral().Value().(string)
		return c.Args()[0].AsIdent(), name, ok
	}
	return "", "", false
}

// TemplateNames are what the templates in a JSON value ask for under the roots,
// in the order of its sorted keys. A plain path asks even though it can do
// without: a gap in a prompt or an address is not what its author meant.
func TemplateNames(v json.RawMessage, roots ...string) []Name {
	decoded, err := strictjson.Value(v)
	if err != nil {
		return nil
	}
	r := reader{roots: roots}
	r.value("", decoded)
	return r.found
}

type reader struct {
	roots []string
	found []Name
}

func (r *reader) value(at string, v any) {
	switch v := v.(type) {
	case string:
		r.text(at, v)
	case []any:
		for i := range v {
			r.value(indexed(at, i), v[i])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			r.value(keyed(at, key), v[key])
		}
	}
}

func (r *reader) text(at, template string) {
	if !strings.Contains(template, "{{") {
		return
	}
	pieces, err := split(template)
	if err != nil {
		return
	}
	for _, p := range pieces {
		if !p.placeholder {
			continue
		}
		for _, n := range placeholder(p.source, r.roots) {
			n.Path = at
			r.found = append(r.found, n)
		}
	}
}

func placeholder(source string, roots []string) []Name {
	p, plain := readPath(source)
	switch {
	case !plain:
		return Names(source, roots...)
	case len(p) > 1 && slices.Contains(roots, p[0]):
		return []Name{{Root: p[0], Name: p[1]}}
	}
	return nil
}
