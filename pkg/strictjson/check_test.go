package strictjson_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/strictjson"
)

func TestCheckAcceptsJSON(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{}`, `[]`, `"x"`, `1`, `null`, `true`, `false`, ` {"a" : [ 1 , 2.5e-3, -0, "ü😀", "\ud83d\ude00\u00e9\n\/" ] } `,
		`{"a":1,"A":2}`, `9007199254740993`, `{"__proto__":1}`, nested(32), `"` + strings.Repeat("\u202e\u200b", 1000) + `"`,
		`0`, `-1`, `1E+2`, `0.1`, `1e-400`,
	} {
		if err := strictjson.Check([]byte(raw), strictjson.Limits{}); err != nil {
			t.Errorf("%.60s: %v", raw, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		raw    string
		kind   strictjson.Kind
		offset int
	}{
		{"Empty", ``, strictjson.Invalid, 0},
		{"Open", `{`, strictjson.Invalid, 1},
		{"TrailingComma", `{"message":"a",}`, strictjson.Invalid, 15},
		{"ListTrailingComma", `[1,]`, strictjson.Invalid, 3},
		{"SingleQuotes", `'a'`, strictjson.Invalid, 0},
		{"TrailingData", `{} {}`, strictjson.Invalid, 3},
		{"Duplicate", `{"a":1,"b":2,"a":3}`, strictjson.DuplicateKey, 13},
		{"EscapedDuplicate", `{"a":1,"\u0061":3}`, strictjson.DuplicateKey, 7},
		{"NestedDuplicate", `[{"x":{"a":1,"a":1}}]`, strictjson.DuplicateKey, 13},
		{"BadUTF8", "\"a\xffb\"", strictjson.Invalid, 2},
		{"LoneHighSurrogate", `"\ud800"`, strictjson.Invalid, 7},
		{"LoneLowSurrogate", `"\udc00x"`, strictjson.Invalid, 7},
		{"WrongPair", `"\ud800\u0041"`, strictjson.Invalid, 13},
		{"BOM", "\ufeff{}", strictjson.Invalid, 0},
		{"RawNUL", "\"a\x00\"", strictjson.Invalid, 2},
		{"EscapedNUL", `"\u0000"`, strictjson.Invalid, 7},
		{"ControlCharacter", "\"a\nb\"", strictjson.Invalid, 2},
		{"BadEscape", `"\x"`, strictjson.Invalid, 2},
		{"ShortEscape", `"\u12"`, strictjson.Invalid, 2},
		{"LeadingZero", `01`, strictjson.Invalid, 1},
		{"LeadingPlus", `+1`, strictjson.Invalid, 0},
		{"BareDot", `1.`, strictjson.Invalid, 2},
		{"BareExponent", `1e`, strictjson.Invalid, 2},
		{"NaN", `NaN`, strictjson.Invalid, 0},
		{"Infinite", `[1e400]`, strictjson.FiniteNumber, 1},
		{"LongNumber", strings.Repeat("1", 400), strictjson.FiniteNumber, 0},
		{"Deep", nested(33), strictjson.Nesting, 32},
		{"VeryDeep", strings.Repeat("[", 100_000), strictjson.Nesting, 32},
		{"ManyKeys", manyKeys(2001), strictjson.TooLong, -1},
		{"ManyTokens", "[" + strings.Repeat("1,", 200_000) + "1]", strictjson.TooLong, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var e *strictjson.Error
			if err := strictjson.Check([]byte(test.raw), strictjson.Limits{}); !errors.As(err, &e) {
				t.Fatalf("got %v, want an Error", err)
			}
			if e.Kind != test.kind || test.offset >= 0 && e.Offset != test.offset {
				t.Errorf("got %s at %d (%s), want %s at %d", e.Kind, e.Offset, e.Msg, test.kind, test.offset)
			}
		})
	}
}

func TestLimitsAreTheCallersToChoose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		raw    string
		limits strictjson.Limits
		sound  bool
	}{
		{"DuplicatesMayPass", `{"a":1,"a":2}`, strictjson.Stored, true},
		{"NULStaysRefused", `{"a":"\u0000"}`, strictjson.Stored, false},
		{"Bytes", `[1]`, strictjson.Limits{Bytes: 2}, false},
		{"BytesExactly", `[1]`, strictjson.Limits{Bytes: 3}, true},
		{"Depth", `[[1]]`, strictjson.Limits{Depth: 1}, false},
		{"Keys", `{"a":1,"b":2}`, strictjson.Limits{Keys: 1}, false},
		{"Tokens", `[1,2]`, strictjson.Limits{Tokens: 2}, false},
		{"TokensExactly", `[1,2]`, strictjson.Limits{Tokens: 3}, true},
		{"TokensOfAnObject", `{"a":2}`, strictjson.Limits{Tokens: 2}, false},
		{"TokensOfAnObjectExactly", `{"a":2}`, strictjson.Limits{Tokens: 3}, true},
		{"KeysExactly", manyKeys(2000), strictjson.Limits{}, true},
	} {
		if err := strictjson.Check([]byte(test.raw), test.limits); (err == nil) != test.sound {
			t.Errorf("%s: %v", test.name, err)
		}
		if _, err := strictjson.Split([]byte(test.raw), test.limits); test.raw[0] == '{' && (err == nil) != test.sound {
			t.Errorf("%s, split: %v", test.name, err)
		}
	}
}

func TestCheckIsFast(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_ = strictjson.Check([]byte(strings.Repeat("[", 100_000)), strictjson.Limits{})
	if took := time.Since(start); took > 50*time.Millisecond {
		t.Errorf("100 000 brackets took %v", took)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,"\ud83d\ude00"]}`, `[1e400]`, `"\u0000"`, "\"\xff\"", `{"a":1,"a":2}`, `-0.0E-1`, ` `, `"\`, `"\u`, `{"a"`, `[[`, `tru`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := strictjson.Check(raw, strictjson.Limits{})
		var e *strictjson.Error
		if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > len(raw)+5) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is not JSON", raw)
		}
		v, err := strictjson.Value(raw)
		if err != nil {
			t.Fatalf("%q passed and cannot be read: %v", raw, err)
		}
		if _, object := v.(map[string]any); object {
			if _, err := strictjson.Object(raw); err != nil {
				t.Fatalf("%q passed and cannot be split: %v", raw, err)
			}
		}
	})
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func manyKeys(n int) string {
	fields := make(map[string]int, n)
	for i := range n {
		fields[strconv.Itoa(i)] = i
	}
	b, _ := json.Marshal(fields)
	return string(b)
}
