package strictjson_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/strictjson"
)

func TestWhatNobodySeesIsWrittenOut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{\n  \"to\": \"Zoë 王 שלום 👍\"\n}": "{\n  \"to\": \"Zoë 王 שלום 👍\"\n}",
		"\"a\u202eb\u2066c\"":              `"a\u202eb\u2066c"`,
		"\"a\u200bb\u00adc\ufeff\"":        `"a\u200bb\u00adc\ufeff"`,
		"\"a\u00a0b\u3164c\u2028\u009b\"":  `"a\u00a0b\u3164c\u2028\u009b"`,
		"\"a\U000e0041\"":                  `"a\udb40\udc41"`,
	} {
		if got := strictjson.Legible(in); got != want {
			t.Errorf("%q became %s, want %s", in, got, want)
		}
	}
}

func FuzzLegibleMeansTheSame(f *testing.F) {
	f.Add("a\u202eb \U000e0041\u200d\t\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		raw, err := json.Marshal(map[string]any{text: []string{text}})
		if err != nil {
			t.Fatal(err)
		}
		var before, after any
		if err := json.Unmarshal(raw, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(strictjson.Legible(string(raw))), &after); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(before, after); d != "" {
			t.Error(d)
		}
	})
}
