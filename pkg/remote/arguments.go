package remote

import (
	"encoding/json"
	"fmt"
	"math"

	"google.golang.org/protobuf/types/known/structpb"
)

// Arguments are JSON values as the message holds them, whose numbers are
// float64. A whole number that would lose digits is refused: it is an id more
// often than a quantity.
func Arguments(values map[string]any) (*structpb.Struct, error) {
	fields := make(map[string]*structpb.Value, len(values))
	for name, v := range values {
		var err error
		if fields[name], err = value(name, v); err != nil {
			return nil, err
		}
	}
	return &structpb.Struct{Fields: fields}, nil
}

// maxExact is up to where a float64 holds every whole number.
const maxExact = 1 << 53

func value(path string, v any) (*structpb.Value, error) {
	switch v := v.(type) {
	case int64:
		if v > maxExact || v < -maxExact {
			return nil, tooLong(path)
		}
		return structpb.NewNumberValue(float64(v)), nil
	case uint64, json.Number: // numbers that no int64 holds
		return nil, tooLong(path)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s is no number that JSON knows", path)
		}
		return structpb.NewNumberValue(v), nil
	case []any:
		return listValue(path, v)
	case map[string]any:
		s, err := Arguments(v)
		if err != nil {
			return nil, fmt.Errorf("%s.%w", path, err)
		}
		return structpb.NewStructValue(s), nil
	}
	return structpb.NewValue(v)
}

func listValue(path string, items []any) (*structpb.Value, error) {
	values := make([]*structpb.Value, len(items))
	for i, item := range items {
		var err error
		if values[i], err = value(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
			return nil, err
		}
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values}), nil
}

func tooLong(path string) error {
	return fmt.Errorf("%s is a whole number above 2^53, which the message cannot hold: send it as text", path)
}
