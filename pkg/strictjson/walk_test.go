package strictjson

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is read in one walk is what encoding/json reads, and what Check passes is
// always read so.
func FuzzOneWalkReadsTheSame(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0,2.5e-3,18446744073709551616],"a":{"":null},"\u0061":"\ud83d\ude00\b\f\n\r\t\/\\\""}`,
		` [true , false] `, `["a":1}`, `{} {}`, `null`, `"\u0000"`, `"\ud800"`, "\"\xff\"", `1e400`, `truefalse`, `{"a":1]`, ``,
		strings.Repeat("[", 40) + strings.Repeat("]", 40), strings.Repeat("1", 70),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sound := Check(raw, Stored) == nil
		v, err := build(raw)
		if err != nil && sound {
			t.Fatalf("%q passed and is not read: %v", raw, err)
		}
		if want, wrong := decoded(raw); err == nil && (wrong != nil || !cmp.Equal(v, want)) {
			t.Fatalf("%q is read as %#v, want %#v, %v", raw, v, want, wrong)
		}
		if literal := bytes.TrimSpace(raw); sound {
			if text, is := Text(literal); is != (literal[0] == '"') || is && text != v {
				t.Fatalf("%q says %q, want %q", raw, text, v)
			}
		}
		fields, err := Split(raw, judged)
		if err != nil && sound && object(v) {
			t.Fatalf("%q passed and is not split: %v", raw, err)
		}
		if want, _, wrong := ordered(raw); err == nil && (wrong != nil || !cmp.Equal(fields, want)) {
			t.Fatalf("%q is split to %q, want %q, %v", raw, fields, want, wrong)
		}
		if _, split := Split(raw, Stored); sound && object(v) != (split == nil) {
			t.Fatalf("%q is not split as it is checked: %v", raw, split)
		}
	})
}

func object(v any) bool {
	_, is := v.(map[string]any)
	return is
}

func TestKeysAreKnownAgainHoweverMany(t *testing.T) {
	t.Parallel()
	for _, twice := range []string{`"k1"`, `"k8"`, `"k9"`, `"k20"`, `"\u006b20"`} {
		var n names
		for i := range 20 {
			if !n.add([]byte(`"k` + strconv.Itoa(i+1) + `"`)) {
				t.Fatalf("key %d is not new", i+1)
			}
		}
		if n.add([]byte(twice)) {
			t.Errorf("%s is new again", twice)
		}
	}
}
