package engine

import "testing"

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
	} {
		if got := string(storable([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}
