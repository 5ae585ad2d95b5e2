package expr

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/onsethq/onset/pkg/memo"
)

// Limits of the parser, below those of the source: nesting is what makes
// compilers slow.
const (
	maxNesting     = 50
	maxSyntaxNodes = 10_000
	maxRecoveries  = 4
	// checkEvery is how many turns of a comprehension pass between two looks at
	// the clock. Short expressions never look, so a busy machine fails none.
	checkEvery = 64
)

// compiled is what became of a source: a program and the type of what it
// computes, or why there is none.
type compiled struct {
	program cel.Program
	yields  *cel.Type
	err     error
}

// programs changes no answer: it saves compiling what runs use again and again.
var programs = memo.Memo[string, compiled]{Size: 512}

func compile(src string) (cel.Program, error) {
	c := compileOnce(src)
	return c.program, c.err
}

func compileOnce(src string) compiled {
	if len(src) > MaxSource {
		return compiled{err: fmt.Errorf("the expression is longer than %d bytes", MaxSource)}
	}
	if strings.TrimSpace(src) == "" {
		return compiled{err: errors.New("the expression is empty")}
	}
	return programs.Get(src, func() compiled { return compileAnew(src) })
}

func compileAnew(src string) compiled {
	language, err := environment()
	if err != nil {
		return compiled{err: err}
	}
	ast, issues := language.Compile(src)
	if issues.Err() != nil {
		return compiled{err: firstOf(issues)}
	}
	program, err := language.Program(ast,
		cel.CostLimit(MaxCost),
		cel.CostTracking(charges{}),
		cel.CustomDecoratorV2(guardEquality),
		cel.InterruptCheckFrequency(checkEvery),
	)
	return compiled{program, ast.OutputType(), err}
}

// environment is built once: it takes milliseconds and never changes.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	stringFunctions, err := guardedStrings()
	if err != nil {
		return nil, err
	}
	options := append(stringFunctions,
		cel.StdLib(cel.StdLibSubset(env.NewLibrarySubset().AddExcludedFunctions(env.NewFunction(overloads.Matches)))),
		matches(),
		cel.CustomTypeProvider(registry),
		cel.CustomTypeAdapter(adapter{registry}),
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserExpressionSizeLimit(MaxSource),
		cel.ParserErrorRecoveryLimit(maxRecoveries),
		cel.ExpressionNodeLimit(maxSyntaxNodes),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
		ext.Math(),
		ext.Encoders(ext.EncodersVersion(0)), // base64; the later versions read and write JSON and YAML without limits
	)
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	return cel.NewCustomEnv(options...)
})

// firstOf is the first complaint of the compiler, on one line.
func firstOf(issues *cel.Issues) error {
	first := issues.Errors()[0]
	message := strings.TrimSuffix(first.Message, " (in container '')")
	message, _, _ = strings.Cut(message, "\n")
	if first.Location.Line() < 1 {
		return errors.New(message)
	}
	return fmt.Errorf("%s (line %d, column %d)", message, first.Location.Line(), first.Location.Column()+1)
}
