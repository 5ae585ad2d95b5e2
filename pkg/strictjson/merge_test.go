package strictjson_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/strictjson"
)

// The examples of RFC 7396, appendix A, and what happens to numbers.
var merges = []struct{ doc, patch, want string }{
	{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
	{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
	{`{"a":"b"}`, `{"a":null}`, `{}`},
	{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
	{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
	{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
	{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
	{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
	{`["a","b"]`, `["c","d"]`, `["c","d"]`},
	{`{"a":"b"}`, `["c"]`, `["c"]`},
	{`{"a":"foo"}`, `null`, `null`},
	{`{"a":"foo"}`, `"bar"`, `"bar"`},
	{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
	{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
	{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	{`{"a":9007199254740993}`, `{"b":1.50}`, `{"a":9007199254740993,"b":1.50}`},
}

func TestMergeIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	for _, c := range merges {
		if got, err := strictjson.Merge([]byte(c.doc), []byte(c.patch)); err != nil || string(got) != c.want {
			t.Errorf("%s over %s: %s, %v; want %s", c.patch, c.doc, got, err, c.want)
		}
	}
}

func FuzzMerge(f *testing.F) {
	for _, c := range merges {
		f.Add(c.doc, c.patch)
	}
	f.Fuzz(func(t *testing.T, doc, patch string) {
		if strictjson.Check([]byte(doc), strictjson.Limits{}) != nil || strictjson.Check([]byte(patch), strictjson.Limits{}) != nil {
			return
		}
		once, err := strictjson.Merge([]byte(doc), []byte(patch))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := strictjson.Merge(once, []byte(patch))
		if err != nil || string(twice) != string(once) {
			t.Errorf("%s over %s: %s, and again %s, %v", patch, doc, once, twice, err)
		}
	})
}
