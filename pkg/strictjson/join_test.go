package strictjson_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/strictjson"
)

func TestJoinedFieldsAreWhatMarshalWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.String(), rapid.OneOf(rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Just[any](nil))).Draw(t, "object")
		fields := make(map[string]json.RawMessage, len(object))
		for name, value := range object {
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			fields[name] = raw
		}
		want, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if got := strictjson.Join(fields); string(got) != string(want) {
			t.Errorf("joined %s, want %s", got, want)
		}
	})
}
