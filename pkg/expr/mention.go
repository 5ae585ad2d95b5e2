package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// Mention is something that an expression looks at, and what it is in a scope.
type Mention struct {
	// Path is how the expression writes it: payload.issue.state.
	Path  string
	Value any
	// Found is false where there is nothing.
	Found bool
}

// Mentions are the paths that a bare expression looks at, each once, in the order
// in which they stand there: what tells a person why it came out as it did. An
// expression that cannot be read looks at nothing.
func Mentions(src string, s Scope) (all []Mention) {
	language, err := environment()
	if err != nil || len(src) > MaxSource {
		return nil
	}
	parsed, issues := language.Parse(src)
	if issues.Err() != nil {
		return nil
	}
	seen := map[string]bool{}
	inside := map[int64]bool{} // operands of a path that was read whole
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		p, within := fixed(e)
		if len(p) < 2 || inside[e.ID()] || !slices.Contains(names[:], p[0]) {
			return
		}
		for _, id := range within {
			inside[id] = true
		}
		text := strings.Join(p, ".")
		if seen[text] {
			return
		}
		seen[text] = true
		v, found, err := p.lookup(s)
		all = append(all, Mention{text, v, found && err == nil})
	}))
	return all
}

// fixed reads a.b["c"] as the path a.b.c, beside the ids of the expressions that
// it is made of.
func fixed(e ast.Expr) (p path, within []int64) {
	switch e.Kind() {
	case ast.IdentKind:
		return path{e.AsIdent()}, nil
	case ast.SelectKind:
		p, within = fixed(e.AsSelect().Operand())
		if p == nil {
			return nil, nil
		}
		return append(p, e.AsSelect().FieldName()), append(within, e.AsSelect().Operand().ID())
	case ast.CallKind:
		c := e.AsCall()
		if len(c.Args()) != 2 || !slices.Contains([]string{operators.Index, operators.OptIndex, operators.OptSelect}, c.FunctionName()) || c.Args()[1].Kind() != ast.LiteralKind {
			return nil, nil
		}
		key, text := c.Args()[1].AsLiteral().Value().(string)
		if p, within = fixed(c.Args()[0]); p == nil || !text {
			return nil, nil
		}
		return append(p, key), append(within, c.Args()[0].ID())
	}
	return nil, nil
}
