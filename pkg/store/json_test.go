package store

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzNULIsFoundAsJSONReadsIt(f *testing.F) {
	for _, seed := range []string{"", "\x00", `\u0000`, `\\u0000`, "\\\x00", `"`, "a\\", "é\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Skip()
		}
		if got, want := holdsNUL(b), strings.ContainsRune(text, 0); got != want {
			t.Errorf("%q as %s: found %v, want %v", text, b, got, want)
		}
	})
}

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
