package expr

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// plain is a CEL value as JSON would have it.
func (b *budget) plain(v ref.Val) (any, error) {
	switch v := v.(type) {
	case types.Null:
		return nil, b.take(4)
	case types.Bool:
		return bool(v), b.take(5)
	case types.Int:
		return int64(v), b.take(8)
	case types.Uint:
		return unsigned(v), b.take(8)
	case types.Double:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, errors.New("the result is not a finite number")
		}
		return float64(v), b.take(8)
	case types.String:
		return string(v), b.take(len(v) + 2)
	case types.Bytes:
		return base64.StdEncoding.EncodeToString(v), b.take(len(v) * 4 / 3)
	case types.Timestamp:
		return v.Time.UTC().Format(time.RFC3339Nano), b.take(len(time.RFC3339Nano))
	case types.Duration:
		return v.Duration.String(), b.take(16)
	case *types.Optional:
		if !v.HasValue() {
			return nil, b.take(4)
		}
		return b.plain(v.GetValue())
	case traits.Mapper:
		return b.plainMap(v)
	case traits.Lister:
		return b.plainList(v)
	}
	return nil, fmt.Errorf("the result is a %s, which JSON does not have", v.Type().TypeName())
}

func (b *budget) plainList(l traits.Lister) (any, error) {
	out := []any{}
	for it := l.Iterator(); it.HasNext() == types.True; {
		v, err := b.plain(it.Next())
		if err != nil {
			return nil, err
		}
		if err := b.take(1); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (b *budget) plainMap(m traits.Mapper) (any, error) {
	out := map[string]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, err := keyText(key)
		if err != nil {
			return nil, err
		}
		if err := b.take(len(name) + 4); err != nil {
			return nil, err
		}
		v, err := b.plain(m.Get(key))
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// keyText is a map's key as JSON writes it: always text.
func keyText(key ref.Val) (string, error) {
	switch k := key.(type) {
	case types.String:
		return string(k), nil
	case types.Int, types.Uint, types.Bool:
		return fmt.Sprint(k.Value()), nil
	}
	return "", fmt.Errorf("a key of the result is a %s", key.Type().TypeName())
}

func unsigned(u types.Uint) any {
	if u <= math.MaxInt64 {
		return int64(u)
	}
	return json.Number(strconv.FormatUint(uint64(u), 10))
}

// kindOf names a plain value for a person.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a bool"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
