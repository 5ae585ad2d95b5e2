package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/onsethq/onset/pkg/pattern"
)

// globalMatches is the id of matches(text, pattern), the form without a
// receiver.
const globalMatches = "matches_of_string"

// matches is CEL's function with limits: RE2 takes time in proportion to the
// text times the program, and CEL charges for it when it is over.
func matches() cel.EnvOption {
	match := cel.BinaryBinding(func(subject, source ref.Val) ref.Val {
		p, err := pattern.Compile(text(source))
		if err != nil {
			return types.NewErr("%v", err)
		}
		if !p.Fits(text(subject)) {
			return types.NewErr("the text is too long for this pattern")
		}
		return types.Bool(p.MatchString(text(subject)))
	})
	two := []*cel.Type{cel.StringType, cel.StringType}
	return cel.Function(overloads.Matches,
		cel.Overload(globalMatches, two, cel.BoolType, match),
		cel.MemberOverload(overloads.MatchesString, two, cel.BoolType, match))
}

// matchSteps is what a match is charged.
func matchSteps(subject, source ref.Val) int {
	p, err := pattern.Compile(text(source))
	if err != nil {
		return 0
	}
	return p.Steps(text(subject)) / 16
}
