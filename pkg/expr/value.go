package expr

import (
	"encoding/json"
	"math"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// adapter shows JSON values to CEL.
type adapter struct{ types.Adapter }

// NativeToValue makes whole numbers ints, whatever decoded them.
func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case map[string]any:
		return types.NewStringInterfaceMap(a, v)
	case map[string]string:
		return types.NewStringStringMap(a, v)
	case []any:
		return types.NewDynamicList(a, v)
	case float64:
		return number(v)
	case json.Number:
		return bigNumber(v)
	}
	return a.Adapter.NativeToValue(v)
}

// maxExact is the largest number up to which a float64 holds every integer.
const maxExact = 1 << 53

func number(f float64) ref.Val {
	if f == math.Trunc(f) && math.Abs(f) <= maxExact {
		return types.Int(f)
	}
	return types.Double(f)
}

// bigNumber is the nearest thing that CEL can calculate with.
func bigNumber(n json.Number) ref.Val {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return types.Int(i)
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return types.Uint(u)
	}
	f, err := n.Float64()
	if err != nil {
		return types.NewErr("a number is out of range")
	}
	return types.Double(f)
}
