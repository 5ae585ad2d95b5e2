package intake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/expr"
)

// anyValue is a plain JSON value that is nested a little.
func anyValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just(any(nil)), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.Map(rapid.Int(), func(n int) any { return json.Number(fmt.Sprint(n)) }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(anyValue(depth-1), 0, 8).AsAny(), rapid.MapOfN(rapid.String(), anyValue(depth-1), 0, 8).AsAny())...)
}

func TestWhatIsSeenIsTheBeginningOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want := string(raw)
		if runes := []rune(want); len(runes) > maxSeen {
			want = string(runes[:maxSeen]) + "…"
		}
		if got := brief(v); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestOfVeryManyFieldsOnlyTheNumberIsSeen(t *testing.T) {
	t.Parallel()
	fields := map[string]any{}
	for i := range mostSorted + 1 {
		fields[fmt.Sprint(i)] = nil
	}
	if got := brief([]any{fields}); got != "[{1001 fields}]" {
		t.Errorf("%s", got)
	}
}

func TestWhatIsSeenOfALargeValueCostsLittle(t *testing.T) {
	list := make([]any, 100_000)
	for i := range list {
		list[i] = strings.Repeat("<", 200)
	}
	var payload any = list
	var sources []string
	for i := range 20 {
		payload = map[string]any{"a": payload}
		sources = append(sources, "has(payload"+strings.Repeat(".a", i+1)+")")
	}
	scope := expr.Scope{"payload": payload}
	source := strings.Join(sources, " && ")
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			seen(source, scope)
		}
	}).AllocedBytesPerOp()
	if allocated > 4<<20 {
		t.Errorf("it takes %d bytes of memory to tell of %d values", allocated, len(sources))
	}
}
