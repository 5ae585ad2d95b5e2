package store

import (
	"encoding/json"
	"testing"
)

func TestCanonicalForgetsOnlyHowItWasWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1,"b":[1,2]}`, ` { "b" : [1, 2], "a": 1 } `, true},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		{`{"a":"\u0041"}`, `{"a":"A"}`, true},
		{`{"a":null}`, `{}`, false},
	} {
		a, err := canonical(json.RawMessage(c.a))
		if err != nil {
			t.Fatal(err)
		}
		b, err := canonical(json.RawMessage(c.b))
		if err != nil {
			t.Fatal(err)
		}
		if (string(a) == string(b)) != c.same {
			t.Errorf("%s becomes %s, %s becomes %s", c.a, a, c.b, b)
		}
	}
}
