package expr

import (
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// charges are the costs that CEL's own model lacks or has too low: a text that
// is read from end to end is charged for its length, and a comparison for all
// that it may have looked at.
type charges struct{}

// CallCost is asked first; nil leaves the call to CEL's model. That model knows
// nothing of a call whose overload is found only when it runs.
func (charges) CallCost(function, overload string, args []ref.Val, _ ref.Val) *uint64 {
	var steps int
	switch {
	case function == overloads.Matches:
		steps = matchSteps(args[0], args[1])
	case comparisons[function] != nil:
		steps = countElements(args)
	case overload == "" || readers[function]:
		for _, arg := range args {
			steps += textSteps(arg)
		}
	default:
		return nil
	}
	cost := 1 + uint64(steps)
	return &cost
}

// readers read a text from end to end, which CEL takes for free.
var readers = map[string]bool{
	overloads.Size:                 true,
	overloads.TypeConvertBool:      true,
	overloads.TypeConvertBytes:     true,
	overloads.TypeConvertDouble:    true,
	overloads.TypeConvertInt:       true,
	overloads.TypeConvertString:    true,
	overloads.TypeConvertUint:      true,
	overloads.TypeConvertDuration:  true,
	overloads.TypeConvertTimestamp: true,
	"base64.decode":                true,
	"base64.encode":                true,
	"strings.quote":                true,
	"format":                       true,
}

// textSteps is CEL's price of reading a text: a tenth of its length.
func textSteps(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v) / 10
	case types.Bytes:
		return len(v) / 10
	}
	return 0
}
