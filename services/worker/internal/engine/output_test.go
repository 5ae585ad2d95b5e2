package engine

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// What a node returns is seen by the rest of its attempt exactly as by a worker
// that finds it in the journal.
func TestAnOutputReadsAsItIsWritten(t *testing.T) {
	t.Parallel()
	x := &Executor{Journal: &Journal{hide: redact.New(map[string]string{"KEY": "12345678"})}}
	rapid.Check(t, func(t *rapid.T) {
		value := drawValue(t, 3)
		out, err := x.written(value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := out.read()
		if err != nil {
			t.Fatal(err)
		}
		want, err := strictjson.Value(out.raw)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%#v is %#v here and %#v in the journal", value, got, want)
		}
	})
}

// The comparison above means nothing unless some values change as they are
// written, and most are not read back.
func TestOnlyWhatChangesIsReadBack(t *testing.T) {
	t.Parallel()
	x := &Executor{Journal: &Journal{hide: redact.New(map[string]string{"KEY": "12345678"})}}
	for _, test := range []struct {
		name  string
		value any
		known bool
	}{
		{"Text", map[string]any{"answer": "hello <b>", "n": int64(3), "list": []any{nil, true}}, true},
		{"Empty", map[string]any{}, true},
		{"Whole", map[string]any{"n": float64(3)}, false},
		{"Number", json.Number("1.0"), false},
		{"Int", 3, false},
		{"Struct", struct{ A string }{"a"}, false},
		{"NoText", "\xff", false},
		{"NoName", map[string]any{"\xff": nil}, false},
		{"NilList", []any(nil), false},
		{"NilObject", map[string]any(nil), false},
		{"Secret", "a 12345678", false},
	} {
		out, err := x.written(test.value)
		if err != nil {
			t.Fatal(err)
		}
		read, err := strictjson.Value(out.raw)
		if err != nil {
			t.Fatal(err)
		}
		if same := reflect.DeepEqual(test.value, read); out.known != test.known || same != test.known {
			t.Errorf("%s: read back: %v, and reads as itself: %v", test.name, !out.known, same)
		}
	}
}

// drawValue draws what a node may return.
func drawValue(t *rapid.T, depth int) any {
	kinds := []string{"text", "bytes", "int", "int64", "float", "whole", "number", "bool", "null", "raw", "struct"}
	if depth > 0 {
		kinds = append(kinds, "list", "object", "object")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "text":
		return rapid.SampledFrom([]string{"", "hello", "<a & b>", "\u2028\x00\\u0000", "12345678", "ü😀"}).Draw(t, "text")
	case "bytes":
		return string(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes"))
	case "int":
		return rapid.Int().Draw(t, "int")
	case "int64":
		return rapid.SampledFrom([]int64{0, -1, math.MaxInt64, math.MinInt64, 1<<53 + 1}).Draw(t, "int64")
	case "float":
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "float")
	case "whole":
		return rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 3, 1e20, 1e21, -1e-7}).Draw(t, "whole")
	case "number":
		return json.Number(rapid.SampledFrom([]string{"1.0", "1e2", "123456789012345678901234567890", "7"}).Draw(t, "number"))
	case "bool":
		return rapid.Bool().Draw(t, "bool")
	case "raw":
		return json.RawMessage(rapid.SampledFrom([]string{`{"a": 1.50, "a": 2}`, `[ 3.0 ]`, `null`}).Draw(t, "raw"))
	case "struct":
		return run.Line{Level: "info", Message: "m"}
	case "list":
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawValue(t, depth-1))
		}
		return list
	case "object":
		object := map[string]any{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "\xff", "12345678", ""}), 0, 3).Draw(t, "names") {
			object[name] = drawValue(t, depth-1)
		}
		return object
	}
	return nil
}
