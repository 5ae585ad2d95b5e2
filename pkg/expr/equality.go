package expr

import (
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// maxCompared is how many steps it may take to compare two values. A list that holds itself twice, forty times over, takes no room and
// all time to compare.
const maxCompared = 1 << 19

// perElement is what an element counts: in a list that was put together again
// and again, finding one is a descent through all of its parts.
const perElement = 4

// guardEquality puts ==, != and in behind their guard. They are no functions
// that an environment could replace, so the planned program is changed.
func guardEquality(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok {
		return i, nil
	}
	compare, ok := comparisons[call.Function()]
	if !ok {
		return i, nil
	}
	guarded := func(args ...ref.Val) ref.Val {
		if countElements(args) > maxCompared {
			return types.NewErr("the values are too large to compare")
		}
		return compare(args[0], args[1])
	}
	return interpreter.NewCall(call.ID(), call.Function(), call.OverloadID(), call.Args(), guarded), nil
}

var comparisons = map[string]func(a, b ref.Val) ref.Val{
	operators.Equals:    types.Equal,
	operators.NotEquals: unequal,
	operators.In:        contained,
}

func unequal(a, b ref.Val) ref.Val {
	if equal, ok := types.Equal(a, b).(types.Bool); ok {
		return !equal
	}
	return types.NewErr("no such overload")
}

func contained(item, in ref.Val) ref.Val {
	if c, ok := in.(traits.Container); ok {
		return c.Contains(item)
	}
	return types.MaybeNoSuchOverloadErr(in)
}

// countElements counts the steps of comparing values: their elements, as deep
// as they go, and the reading of their texts. It gives up beyond maxCompared.
func countElements(values []ref.Val) int {
	count := 0
	for _, v := range values {
		count = countInto(count, v)
	}
	return count
}

func countInto(count int, v ref.Val) int {
	switch v := v.(type) {
	case types.String, types.Bytes:
		return count + textSteps(v)
	case *types.Optional:
		if v.HasValue() {
			return countInto(count, v.GetValue())
		}
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True && count <= maxCompared; {
			count = countInto(count+perElement, v.Get(it.Next()))
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True && count <= maxCompared; {
			count = countInto(count+perElement, it.Next())
		}
	}
	return count
}
