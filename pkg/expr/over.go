package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// CheckOver is Check where only the known names have values: an expression that
// uses another name of the language would fail each time.
func CheckOver(src string, known []string) *Problem {
	if problem := Check(src); problem != nil {
		return problem
	}
	for _, name := range roots(src) {
		if !slices.Contains(known, name) {
			return strange(name, known)
		}
	}
	return nil
}

// CheckConditionOver is CheckOver for what Bool evaluates: what can never be
// true or false is refused too. What nobody can tell before is let through.
func CheckConditionOver(src string, known []string) *Problem {
	if problem := CheckOver(src, known); problem != nil {
		return problem
	}
	if yields := compileOnce(src).yields; !yields.IsExactType(cel.BoolType) && !yields.IsExactType(cel.DynType) {
		return &Problem{Message: fmt.Sprintf("a condition is true or false, and this is of type %s: compare it with something", yields)}
	}
	return nil
}

func strange(name string, known []string) *Problem {
	return &Problem{Message: fmt.Sprintf("%s has no value here: there are %s", name, strings.Join(known, ", "))}
}

// roots are the names of the language that an expression uses, in the order in
// which they stand there. A name that the expression gives itself, as in
// list.exists(item, item > 1), is its own.
func roots(src string) (used []string) {
	language, err := environment()
	if err != nil {
		return nil
	}
	parsed, issues := language.Parse(src)
	if issues.Err() != nil {
		return nil
	}
	var own []string
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			own = append(own, e.AsComprehension().IterVar(), e.AsComprehension().IterVar2())
		case ast.IdentKind:
			used = append(used, e.AsIdent())
		}
	}))
	return slices.DeleteFunc(used, func(name string) bool {
		return slices.Contains(own, name) || !slices.Contains(names[:], name)
	})
}
