package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/strictjson"
)

func TestStorable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":"x"}`:        `{"a":"x"}`,
		`"\u0000"`:         `"\ufffd"`,
		`"a\u0000\u0000b"`: `"a\ufffd\ufffdb"`,
		`"\\u0000"`:        `"\\u0000"`,
		`"\\\u0000"`:       `"\\\ufffd"`,
		`"\u00"`:           `"\u00"`,
		`\`:                `\`,
		``:                 ``,
	} {
		if holds := strictjson.HoldsNUL([]byte(in)); holds != (in != want) {
			t.Errorf("%s holds NUL: %v", in, holds)
		}
		if got := string(strictjson.Storable([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestStorableText(t *testing.T) {
	t.Parallel()
	if got := strictjson.StorableText("a\x00b\xffc"); got != "a\uFFFDb\uFFFDc" {
		t.Errorf("%q", got)
	}
}

func FuzzStorable(f *testing.F) {
	for _, seed := range []string{"", "\x00", `\u0000`, `\\u0000`, "\\\x00", `"`, "a\\", "é\x00"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, key, text string) {
		doc, err := json.Marshal(map[string]string{key: text})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strictjson.HoldsNUL(doc), strings.ContainsRune(key+text, 0); got != want {
			t.Errorf("HoldsNUL(%s) = %v", doc, got)
		}
		if doc = strictjson.Storable(doc); strictjson.HoldsNUL(doc) || !json.Valid(doc) {
			t.Errorf("became %s", doc)
		}
	})
}
