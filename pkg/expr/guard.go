package expr

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
)

// maxWork is how much one call of a function may do: bytes that it writes, or
// steps that it takes.
const maxWork = 4 << 20

// guards estimate the work of the functions that can do far more than the size
// of what they are given. CEL charges a call when it is over, which is too late
// for one that writes a hundred gigabytes.
var guards = map[string]func(args []ref.Val) int{
	"replace":     replaceWork,
	"join":        joinWork,
	"format":      formatWork,
	"indexOf":     searchWork,
	"lastIndexOf": searchWork,
}

// guardedStrings is CEL's library of string functions, each dangerous one
// behind its guard.
func guardedStrings() ([]cel.EnvOption, error) {
	plain, err := cel.NewEnv(ext.Strings())
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{ext.Strings()}
	for name, work := range guards {
		declared := plain.Functions()[name]
		bindings, err := declared.Bindings()
		if err != nil {
			return nil, err
		}
		implementations := map[string]*functions.Overload{}
		for _, b := range bindings {
			implementations[b.Operator] = b
		}
		for _, o := range declared.OverloadDecls() {
			binding := guardedBinding(len(o.ArgTypes()), work, implementations[o.ID()])
			options = append(options, cel.Function(name,
				cel.MemberOverload(o.ID(), o.ArgTypes(), o.ResultType(), binding)))
		}
	}
	return options, nil
}

func guardedBinding(arity int, work func([]ref.Val) int, f *functions.Overload) cel.OverloadOpt {
	guard := func(args ...ref.Val) ref.Val {
		if work(args) > maxWork {
			return types.NewErr("a function would do too much work")
		}
		return nil
	}
	switch arity {
	case 1:
		return cel.UnaryBinding(func(a ref.Val) ref.Val {
			if refused := guard(a); refused != nil {
				return refused
			}
			return f.Unary(a)
		})
	case 2:
		return cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			if refused := guard(a, b); refused != nil {
				return refused
			}
			if f.Binary == nil {
				return f.Function(a, b)
			}
			return f.Binary(a, b)
		})
	}
	return cel.FunctionBinding(func(args ...ref.Val) ref.Val {
		if refused := guard(args...); refused != nil {
			return refused
		}
		return f.Function(args...)
	})
}

func text(v ref.Val) string {
	s, _ := v.(types.String)
	return string(s)
}

// replaceWork is the length of the result, at most.
func replaceWork(args []ref.Val) int {
	in, out := text(args[0]), text(args[2])
	return len(in) + strings.Count(in, text(args[1]))*len(out)
}

func joinWork(args []ref.Val) int {
	separator := ""
	if len(args) > 1 {
		separator = text(args[1])
	}
	length := 0
	for it := args[0].(traits.Lister).Iterator(); it.HasNext() == types.True && length <= maxWork; {
		length += len(text(it.Next())) + len(separator)
	}
	return length
}

// formatWork refuses what would not fit a result either.
func formatWork(args []ref.Val) int {
	b := budget{left: MaxOutput}
	if _, err := b.plain(args[1]); err == errTooLarge {
		return maxWork + 1
	}
	return len(text(args[0]))
}

// searchWork is that of comparing at every position, which is what CEL does.
func searchWork(args []ref.Val) int { return len(text(args[0])) * max(1, len(text(args[1]))) }
