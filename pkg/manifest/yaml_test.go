package manifest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONSaysTheSameAsTheYAML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"empty":              {"", `null`},
		"nested":             {"a: [1, {b: c}]\nd:\n  - e\n", `{"a":[1,{"b":"c"}],"d":["e"]}`},
		"numbers as written": {"[1.50, 9007199254740993, -0.1e3]", `[1.50,9007199254740993,-0.1e3]`},
		"other bases":        {"[0x1F, 0o17, 1_000, .5]", `[31,15,1000,0.5]`},
		"on and off is text": {"{on: off, yes: no}", `{"on":"off","yes":"no"}`},
		"true is not":        {"[true, False, ~, null]", `[true,false,null,null]`},
		"a date is text":     {"at: 2026-03-29", `{"at":"2026-03-29"}`},
		"quoted is text":     {`["1", 'true']`, `["1","true"]`},
		"markup is kept":     {"a: <b> & c", `{"a":"<b> & c"}`},
		"alias":              {"a: &x [1]\nb: *x", `{"a":[1],"b":[1]}`},
		"JSON is YAML":       {`{"a": {"b": [1, "x"]}}`, `{"a":{"b":[1,"x"]}}`},
		"several lines":      {"a: |\n  one\n  two\n", `{"a":"one\ntwo\n"}`},
	} {
		got, err := JSON([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestJSONRefusesWhatJSONCannotSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"twice":          {"a: 1\nb: 2\na: 3", `line 3: key "a" is written twice`},
		"number as key":  {"1: a", `key "1" is not text`},
		"merge":          {"a: &x {b: 1}\nc: {<<: *x}", `key "<<" is not text`},
		"infinity":       {"a: .inf", "not a number that JSON has"},
		"not a number":   {"a: .nan", "not a number that JSON has"},
		"own type":       {"a: !point [1, 2]\nb: !point x", "!point is not supported"},
		"two documents":  {"a: 1\n---\nb: 2", "one document"},
		"no YAML at all": {"a: [", "yaml:"},
		"too deep":       {strings.Repeat("[", 100) + strings.Repeat("]", 100), "too large or too deep"},
		"grows":          {bomb(), "too large or too deep"},
	} {
		if _, err := JSON([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

// bomb is nine lines that unfold to a billion words.
func bomb() string {
	lines := []string{"a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"}
	for i := 1; i < 9; i++ {
		ref := strings.Repeat("*a"+string(rune('0'+i-1))+", ", 10)
		lines = append(lines, "a"+string(rune('0'+i))+": &a"+string(rune('0'+i))+" ["+strings.TrimSuffix(ref, ", ")+"]")
	}
	return strings.Join(lines, "\n")
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"a: 1", "- x\n- {y: .inf}", "&a [*a]", "? [k]\n: v", "a: !!binary aGk=", bomb()} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := JSON(raw)
		if err == nil && !json.Valid(out) {
			t.Fatalf("%q became %q, which is not JSON", raw, out)
		}
	})
}
