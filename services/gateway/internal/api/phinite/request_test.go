package phinite

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestBodiesThatAreAccepted(t *testing.T) {
	t.Parallel()
	none := map[string]any{}
	for name, c := range map[string]struct {
		body string
		want trigger.Event
	}{
		"none":                     {"", trigger.Event{UserVariables: none}},
		"white space":              {" \r\n\t", trigger.Event{UserVariables: none}},
		"empty":                    {"{}", trigger.Event{UserVariables: none}},
		"null":                     {"null", trigger.Event{UserVariables: none}},
		"null fields":              {`{"message":null,"user_variables":null}`, trigger.Event{UserVariables: none}},
		"other case is other name": {`{"MESSAGE":"x"}`, trigger.Event{UserVariables: none}},
		"unknown fields":           {`{"foo":[1],"message":"hi"}`, trigger.Event{Message: "hi", UserVariables: none}},
		"system variables":         {`{"user_variables":{"workflow_id":"x","conversation_history":[],"__proto__":1}}`, trigger.Event{UserVariables: map[string]any{"__proto__": int64(1)}}},
		"exact numbers":            {`{"user_variables":{"n":9007199254740993,"z":-0,"f":1.5}}`, trigger.Event{UserVariables: map[string]any{"n": int64(9007199254740993), "z": int64(0), "f": 1.5}}},
		"huge whole number":        {`{"user_variables":{"n":123456789012345678901234567890}}`, trigger.Event{UserVariables: map[string]any{"n": json.Number("123456789012345678901234567890")}}},
		"any script":               {`{"message":"\u202eabc\u200b \u001b[31m"}`, trigger.Event{Message: "\u202eabc\u200b \x1b[31m", UserVariables: none}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// at is a refusal as callers see it.
func at(kind, loc, msg string, input any) string {
	text, _ := json.Marshal(input)
	return fmt.Sprintf(`{"type":%q,"loc":%s,"msg":%q,"input":%s}`, kind, loc, msg, text)
}

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	const (
		dict = "Input should be a valid dictionary"
		text = "Input should be a valid string"
	)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"list":                {`[]`, at("dict_type", `["body"]`, dict, []any{})},
		"text":                {`"x"`, at("dict_type", `["body"]`, dict, "x")},
		"number":              {`1`, at("dict_type", `["body"]`, dict, 1)},
		"message number":      {`{"message":5}`, at("string_type", `["body","message"]`, text, 5)},
		"message object":      {`{"message":{"password":"p"}}`, at("string_type", `["body","message"]`, text, map[string]any{"password": "[redacted]"})},
		"variables list":      {`{"user_variables":[]}`, at("dict_type", `["body","user_variables"]`, dict, []any{})},
		"variables text":      {`{"user_variables":"string"}`, at("dict_type", `["body","user_variables"]`, dict, "string")},
		"variables true":      {`{"user_variables":true}`, at("dict_type", `["body","user_variables"]`, dict, true)},
		"both":                {`{"message":1,"user_variables":2}`, at("string_type", `["body","message"]`, text, 1) + "," + at("dict_type", `["body","user_variables"]`, dict, 2)},
		"variable without":    {`{"user_variables":{"":1}}`, at("value_error", `["body","user_variables",""]`, "Invalid variable name", "")},
		"variable with dot":   {`{"user_variables":{"a.b":1}}`, at("value_error", `["body","user_variables","a.b"]`, "Invalid variable name", "a.b")},
		"variable template":   {`{"user_variables":{"{{x":1}}`, at("value_error", `["body","user_variables","{{x"]`, "Invalid variable name", "{{x")},
		"too deep":            {`{"user_variables":{"a":` + deep(31) + `}}`, at("json_nesting", `["body"]`, "JSON nested too deeply", "")},
		"very deep":           {deep(100_000), at("json_nesting", `["body"]`, "JSON nested too deeply", "")},
		"infinite":            {`{"user_variables":{"a":1e400}}`, at("finite_number", `["body"]`, "Input should be a finite number", "")},
		"long number":         {`{"user_variables":{"a":` + strings.Repeat("1", 400) + `}}`, at("finite_number", `["body"]`, "Input should be a finite number", "")},
		"long input is short": {`{"message":["` + strings.Repeat("x", 300) + `"]}`, at("string_type", `["body","message"]`, text, `["`+strings.Repeat("x", 198))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := refusal(t, c.body); got != `{"detail":[`+c.want+`]}` {
				t.Errorf("got  %s\nwant %s", got, `{"detail":[`+c.want+`]}`)
			}
		})
	}
}

func TestDepth32IsAccepted(t *testing.T) {
	t.Parallel()
	if _, err := parse([]byte(`{"user_variables":{"a":` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `}}`)); err != nil {
		t.Error(err)
	}
}

func TestBrokenJSONNamesItsPlace(t *testing.T) {
	t.Parallel()
	for body, msg := range map[string]string{
		`{`:                           "JSON decode error",
		`{"message":`:                 "JSON decode error",
		`{"message":"a",}`:            "JSON decode error",
		`{'message':'a'}`:             "JSON decode error",
		`{} {}`:                       "JSON decode error",
		"\xef\xbb\xbf{}":              "JSON decode error",
		"{\"message\":\"\xff\"}":      "JSON decode error",
		`{"message":"\ud800"}`:        "JSON decode error",
		`{"message":"\u0000"}`:        "JSON decode error",
		"{\"message\":\"\x00\"}":      "JSON decode error",
		`{"message":"a","message":1}`: "Duplicate key",
	} {
		_, err := parse([]byte(body))
		var i *invalid
		if !errors.As(err, &i) || !errors.Is(err, fault.BadJSON) || len(i.problems) != 1 {
			t.Errorf("%q: got %v", body, err)
			continue
		}
		p := i.problems[0]
		offset, isInt := p.Loc[1].(int)
		if p.Type != "json_invalid" || p.Msg != msg || p.Loc[0] != "body" || !isInt || offset < 0 || offset > len(body) {
			t.Errorf("%q: got %+v", body, p)
		}
	}
}

func TestManyVariablesAreTooLong(t *testing.T) {
	t.Parallel()
	body := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"user_variables":{`)
		for i := range n {
			fmt.Fprintf(&b, `%s"v%d":1`, strings.Repeat(",", min(i, 1)), i)
		}
		return b.String() + `}}`
	}
	if e, err := parse([]byte(body(1000))); err != nil || len(e.UserVariables) != 1000 {
		t.Errorf("1000 variables: %v", err)
	}
	for _, n := range []int{1001, 3000} {
		got := refusal(t, body(n))
		if !strings.HasPrefix(got, `{"detail":[{"type":"too_long","loc":["body","user_variables"],"msg":"Dictionary should have at most 1000 items`) {
			t.Errorf("%d variables: %s", n, got)
		}
	}
}

// refusal is the answer to a body that is refused.
func refusal(t *testing.T, body string) string {
	t.Helper()
	_, err := parse([]byte(body))
	if err == nil {
		t.Fatal("the body was accepted")
	}
	r := refuse(err, "")
	if r.Status != 422 {
		t.Errorf("status %d", r.Status)
	}
	text, err := json.Marshal(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzParse checks that whatever a stranger sends is either refused in a short
// published form or becomes variables that can be stored.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"message":"a","user_variables":{"b":1e3}}`, `{"user_variables":{"a":{"token":"t"}}}`, `[[`, "\xef\xbb\xbf", `{"message":"\ud800"}`, `{"user_variables":[1]}`, `{"a":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parse(body)
		if err != nil {
			text, failed := json.Marshal(refuse(err, "").Body)
			if failed != nil || len(text) > 4<<10 {
				t.Errorf("refusal of %d bytes: %v", len(text), failed)
			}
			return
		}
		if strings.ContainsRune(e.Message, 0) || !utf8.ValidString(e.Message) {
			t.Error("a message that cannot be stored")
		}
		for _, name := range slices.Collect(maps.Keys(e.UserVariables)) {
			if !trigger.VariableName(name) {
				t.Errorf("variable %q", name)
			}
		}
		if _, err := json.Marshal(e.UserVariables); err != nil {
			t.Error(err)
		}
	})
}
