package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/schema"
)

func compile(t *testing.T, raw string) *schema.Schema {
	t.Helper()
	s, err := schema.Compile([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheckNamesEveryMistakeWithItsPath(t *testing.T) {
	t.Parallel()
	s := compile(t, `{
		"type": "object", "required": ["text", "to"], "additionalProperties": false,
		"properties": {
			"text": {"type": "string", "maxLength": 3},
			"to": {"type": "array", "items": {"$ref": "#/$defs/person"}, "minItems": 1},
			"level": {"enum": ["low", "high"]},
			"n": {"type": "integer", "minimum": 1, "maximum": 10},
			"when": {"type": "string", "format": "date-time"},
			"code": {"pattern": "^[a-z]+$"},
			"id": {"anyOf": [{"type": "string"}, {"type": "integer"}]}
		},
		"$defs": {"person": {"type": "object", "required": ["name"]}}
	}`)
	for _, test := range []struct {
		name, document string
		want           []fault.Detail
	}{
		{"Sound", `{"text":"abc","to":[{"name":"x"}],"level":"low","n":3,"when":"2026-03-29T07:00:00Z","code":"a","id":1}`, nil},
		{"Empty", ``, []fault.Detail{{Path: "text", Code: "invalid", Message: "is required"}, {Path: "to", Code: "invalid", Message: "is required"}}},
		{"NotAnObject", `[]`, []fault.Detail{{Path: "", Code: "invalid", Message: "should be of type object"}}},
		{"Unknown", `{"text":"a","to":[{"name":1}],"texts":1}`, []fault.Detail{{Path: "texts", Code: "unknown_field", Message: `field "texts" does not exist`}}},
		{"Inside", `{"text":"a","to":[{"name":1},{}]}`, []fault.Detail{{Path: "to[1].name", Code: "invalid", Message: "is required"}}},
		{"Long", `{"text":"abcd","to":[{"name":1}]}`, []fault.Detail{{Path: "text", Code: "invalid", Message: "should have 3 characters or fewer"}}},
		{"Few", `{"text":"a","to":[]}`, []fault.Detail{{Path: "to", Code: "invalid", Message: "should have 1 items or more"}}},
		{"Enum", `{"text":"a","to":[{"name":1}],"level":"x"}`, []fault.Detail{{Path: "level", Code: "invalid", Message: `should be one of "low", "high"`}}},
		{"Range", `{"text":"a","to":[{"name":1}],"n":11}`, []fault.Detail{{Path: "n", Code: "invalid", Message: "should be at most 10"}}},
		{"Format", `{"text":"a","to":[{"name":1}],"when":"today"}`, []fault.Detail{{Path: "when", Code: "invalid", Message: "should be of format date-time"}}},
		{"Pattern", `{"text":"a","to":[{"name":1}],"code":"A"}`, []fault.Detail{{Path: "code", Code: "invalid", Message: "should match ^[a-z]+$"}}},
		{"Alternatives", `{"text":"a","to":[{"name":1}],"id":[]}`, []fault.Detail{{Path: "id", Code: "invalid", Message: "fits none of the alternatives"}}},
		{"Broken", `{`, []fault.Detail{{Code: "bad_json", Message: "unexpected EOF"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, s.Check(json.RawMessage(test.document))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	doubling := `{"$ref": "#/$defs/d0", "$defs": {`
	for i := range 20 {
		doubling += fmt.Sprintf(`"d%d": {"anyOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	doubling += `"d20": {"type": "string"}}}`
	for name, raw := range map[string]string{
		"NoJSON":      `{`,
		"Number":      `5`,
		"WrongType":   `{"type": "strin"}`,
		"Remote":      `{"$ref": "http://127.0.0.1:1/schema"}`,
		"File":        `{"$ref": "file:///etc/passwd"}`,
		"Nowhere":     `{"$ref": "#/$defs/missing"}`,
		"Recursive":   `{"type": "object", "properties": {"child": {"$ref": "#"}}}`,
		"Doubling":    doubling,
		"BadPattern":  `{"pattern": "("}`,
		"HugePattern": `{"pattern": "((a{1,20}){1,20}){1,20}"}`,
		"Duplicate":   `{"type": "string", "type": "number"}`,
		"Long":        `{"description": "` + strings.Repeat("x", 64<<10) + `"}`,
		"RemoteDraft": `{"$schema": "http://127.0.0.1:1/draft"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := schema.Compile([]byte(raw)); err == nil {
				t.Error("compiled")
			} else if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "onset:") {
				t.Errorf("the message is not for an author: %v", err)
			}
		})
	}
}

func TestWhatMakesADocumentNoSchemaIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"type": "strin"}`: `type should be one of "array", "boolean", "integer", "null", "number", "object", "string"`,
		`{"type": "object", "properties": {"a": {"type": "string", "minLength": -1}}}`: "properties.a.minLength should be at least 0",
		`{"properties": []}`: "properties should be of type object",
		`{"required": "a"}`:  "required should be of type array",
	} {
		if _, err := schema.Compile([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
}

func TestPatternsAreNotMatchedBeyondTheirLimit(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"pattern": "(a{1,30}){1,30}"}`)
	if details := s.CheckValue(strings.Repeat("a", 1<<20)); len(details) != 1 {
		t.Errorf("got %v", details)
	}
	if details := s.CheckValue("aaa"); details != nil {
		t.Errorf("got %v", details)
	}
}

func TestNumbersOfAnySizeAreChecked(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"type": "integer", "maximum": 9007199254740992}`)
	if details := s.Check(json.RawMessage(`9007199254740993`)); len(details) != 1 {
		t.Errorf("the last digit was lost: %v", details)
	}
	if details := s.Check(json.RawMessage(`9007199254740992`)); details != nil {
		t.Errorf("got %v", details)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`{}`, `true`, `{"$ref":"#"}`, `{"items":[{}]}`, `{"properties":{"a":false}}`, `{"$id":"x:y","$ref":"z"}`, `{"$dynamicRef":"#a","$dynamicAnchor":"a"}`} {
		f.Add([]byte(seed), []byte(`{"a":[1]}`))
	}
	f.Fuzz(func(_ *testing.T, raw, document []byte) {
		if s, err := schema.Compile(raw); err == nil {
			s.Check(document)
		}
	})
}
