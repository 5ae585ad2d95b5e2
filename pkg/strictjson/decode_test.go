package strictjson_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

type document struct {
	Name   string            `json:"name"`
	Count  int               `json:"count"`
	Ratio  float64           `json:"ratio"`
	On     bool              `json:"on"`
	Max    *int              `json:"max"`
	Parts  []part            `json:"parts"`
	Byname map[string]part   `json:"byname"`
	Labels map[string]string `json:"labels"`
	Pair   [2]float64        `json:"pair"`
	Raw    json.RawMessage   `json:"raw"`
	Any    any               `json:"any"`
	Hidden string            `json:"-"`
	embedded
}

type embedded struct {
	Extra string `json:"extra"`
}

type part struct {
	ID     string `json:"id"`
	Colour colour `json:"colour"`
	Own    own    `json:"own"`
}

// colour reads its own text.
type colour string

func (c *colour) UnmarshalText(b []byte) error {
	if string(b) != "red" {
		return errors.New("is no colour")
	}
	*c = colour(b)
	return nil
}

// own reads its own JSON, with paths of its own.
type own struct{ Inner string }

func (o *own) UnmarshalJSON(b []byte) error {
	var inner struct {
		Inner string `json:"inner"`
	}
	if details := strictjson.Decode(b, &inner); len(details) > 0 {
		return fault.Invalid(details...)
	}
	o.Inner = inner.Inner
	return nil
}

func TestDecodeFillsEveryKindOfField(t *testing.T) {
	t.Parallel()
	var got document
	details := strictjson.Decode([]byte(`{
		"name": "n", "count": 3, "ratio": 0.5, "on": true, "max": 0, "extra": "e",
		"parts": [{"id": "a", "colour": "red", "own": {"inner": "i"}}, null],
		"byname": {"x": {"id": "b"}}, "labels": {"k": "v"}, "pair": [1, 2],
		"raw": {"b": [1]}, "any": {"big": 9007199254740993, "half": 0.5}
	}`), &got)
	if details != nil {
		t.Fatal(details)
	}
	zero := 0
	want := document{
		Name: "n", Count: 3, Ratio: 0.5, On: true, Max: &zero, embedded: embedded{Extra: "e"},
		Parts:  []part{{ID: "a", Colour: "red", Own: own{"i"}}, {}},
		Byname: map[string]part{"x": {ID: "b"}}, Labels: map[string]string{"k": "v"}, Pair: [2]float64{1, 2},
		Raw: json.RawMessage(`{"b": [1]}`), Any: map[string]any{"big": int64(9007199254740993), "half": 0.5},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(document{})); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeNamesEveryMistakeWithItsPath(t *testing.T) {
	t.Parallel()
	var got document
	details := strictjson.Decode([]byte(`{
		"Name": 1, "name": 5, "count": 1.5, "ratio": "x", "on": 0, "max": {}, "Hidden": "",
		"parts": [{"id": "a"}, {"idd": "b", "colour": "blue"}, {"colour": 7}, {"own": {"outer": 1, "inner": 2}}, 9],
		"byname": {"x": {"y": 1}}, "labels": {"k": 1}, "pair": [1], "extra": []
	}`), &got)
	var have []string
	for _, d := range details {
		have = append(have, d.Path+" "+d.Code)
		if d.Message == "" {
			t.Errorf("%s has no message", d.Path)
		}
	}
	want := []string{
		"Name unknown_field", "name invalid", "count invalid", "ratio invalid", "on invalid", "max invalid", "Hidden unknown_field",
		"parts[1].idd unknown_field", "parts[1].colour invalid", "parts[2].colour invalid",
		"parts[3].own.outer unknown_field", "parts[3].own.inner invalid", "parts[4] invalid",
		"byname.x.y unknown_field", "labels.k invalid", "pair invalid", "extra invalid",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefusesWhatCheckRefuses(t *testing.T) {
	t.Parallel()
	var got document
	for _, raw := range []string{``, `{"name":"a","name":"b"}`, `{"name":"\u0000"}`, `{} x`} {
		if details := strictjson.Decode([]byte(raw), &got); len(details) != 1 || details[0].Code != "bad_json" {
			t.Errorf("%s: %v", raw, details)
		}
	}
}

func TestValueKeepsNumbers(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]any{
		`1`: int64(1), `-0`: int64(0), `9007199254740993`: int64(9007199254740993),
		`18446744073709551616`: json.Number("18446744073709551616"),
		`1.0`:                  1.0, `1e3`: 1000.0, `0.5`: 0.5,
		`[1,{"a":[2]}]`: []any{int64(1), map[string]any{"a": []any{int64(2)}}},
		`null`:          nil,
	} {
		got, err := strictjson.Value([]byte(raw))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", raw, err, diff)
		}
	}
	if v, err := strictjson.Value([]byte(`1 2`)); err == nil {
		t.Errorf("two values were read as %v", v)
	}
}

func TestObjectSplitsByExactKeys(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Object([]byte(`{"a": 1, "A": {"b": 2}, "a": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]json.RawMessage{"a": json.RawMessage(`3`), "A": json.RawMessage(`{"b": 2}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var e *strictjson.Error
	if _, err := strictjson.Object([]byte(`[]`)); !errors.As(err, &e) || e.Kind != strictjson.NotObject {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"parts":[{"own":[]}]}`, `{"pair":[1,2,3]}`, `{"any":[[]]}`, `{"max":1e30}`, `null`, `{"labels":{"":""}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got document
		if details := strictjson.Decode(raw, &got); details == nil && !json.Valid(raw) {
			t.Fatalf("%q was read", raw)
		}
	})
}
