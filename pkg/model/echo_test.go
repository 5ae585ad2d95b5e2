package model_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

func say(role model.Role, text string) model.Message { return model.Message{Role: role, Content: text} }

func TestEchoObeysItsScript(t *testing.T) {
	t.Parallel()
	called := model.Message{Role: model.Assistant, Calls: []model.ToolCall{{ID: "call_1", Name: "page", Arguments: `{"text":"x"}`}}}
	for _, c := range []struct {
		name         string
		conversation []model.Message
		want         model.Message
	}{
		{"NothingToObeyRepeatsTheUser", []model.Message{say(model.System, "You triage."), say(model.User, "disk full")}, say(model.Assistant, "disk full")},
		{"TheUserScriptsOneTurn", []model.Message{say(model.User, "please\n@call page {\"text\":\"x\"}")}, called},
		{"SeveralCallsAndAText", []model.Message{say(model.User, "@call a\n@call b {\"n\": 1}\n@say both")},
			model.Message{Role: model.Assistant, Content: "both", Calls: []model.ToolCall{{ID: "call_1", Name: "a", Arguments: "{}"}, {ID: "call_2", Name: "b", Arguments: `{"n": 1}`}}}},
		{"AnswerAfterATool", []model.Message{say(model.User, "hello"), called, {Role: model.FromTool, CallID: "call_1", Content: "done"}}, say(model.Assistant, "hello")},
		{"AToolMayScriptToo", []model.Message{say(model.User, "hello"), called, {Role: model.FromTool, CallID: "call_1", Content: "@call page"}},
			model.Message{Role: model.Assistant, Calls: []model.ToolCall{{ID: "call_2", Name: "page", Arguments: "{}"}}}},
		{"TheSystemGoesFirst", []model.Message{say(model.System, "@call page {\"text\":\"x\"}\n@json {\"severity\":\"high\"}"), say(model.User, "@say no")}, called},
		{"OneDirectivePerTurn", []model.Message{say(model.System, "@call page {\"text\":\"x\"}\n@json {\"severity\":\"high\"}"), say(model.User, "hi"), called, {Role: model.FromTool, CallID: "call_1", Content: "ok"}},
			say(model.Assistant, `{"severity":"high"}`)},
		{"ThenTheUser", []model.Message{say(model.System, "@say one"), say(model.User, "@say two"), say(model.Assistant, "one")}, say(model.Assistant, "two")},
		{"MalformedLinesAreText", []model.Message{say(model.User, "@json {\n@call\n@sleep soon\n@fail now\n@tokens many\n@unknown x")}, say(model.Assistant, "@json {\n@call\n@sleep soon\n@fail now\n@tokens many\n@unknown x")},
		{"ArgumentsAreNotChecked", []model.Message{say(model.User, "@call page not json")},
			model.Message{Role: model.Assistant, Calls: []model.ToolCall{{ID: "call_1", Name: "page", Arguments: "not json"}}}},
		{"NobodySpoke", nil, say(model.Assistant, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // no state: twice the same
				got, err := model.Echo{}.Complete(t.Context(), model.Request{Messages: c.conversation})
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.want, got.Message); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestEchoCountsWordsUnlessTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]run.Usage{
		"one two three":               {ModelCalls: 1, InputTokens: 3, OutputTokens: 3},
		"@say just two\n@tokens 90 7": {ModelCalls: 1, InputTokens: 90, OutputTokens: 7},
	} {
		got, err := model.Echo{}.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, text)}})
		if err != nil || got.Usage != want {
			t.Errorf("%q cost %+v, %v, want %+v", text, got.Usage, err, want)
		}
	}
}

func TestEchoFailsLikeAProvider(t *testing.T) {
	t.Parallel()
	for code, retryable := range map[string]bool{"429": true, "503": true, "400": false, "401": false} {
		_, err := model.Echo{}.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "@fail "+code+" too much")}})
		var e *model.Error
		if !errors.As(err, &e) || e.Retryable() != retryable || e.Message != "the model's server answered "+code+": too much" {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestEchoSleepsBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		conversation := []model.Message{say(model.System, "@sleep 2s\n@say late\n@say at once"), say(model.User, "x")}
		got, err := model.Echo{}.Complete(t.Context(), model.Request{Messages: conversation})
		if err != nil || got.Message.Content != "late" || time.Since(begun) != 2*time.Second {
			t.Errorf("%q, %v after %v", got.Message.Content, err, time.Since(begun))
		}
		got, err = model.Echo{}.Complete(t.Context(), model.Request{Messages: append(conversation, got.Message)})
		if err != nil || got.Message.Content != "at once" || time.Since(begun) != 2*time.Second {
			t.Errorf("%q, %v after %v", got.Message.Content, err, time.Since(begun))
		}
	})
}

func TestEchoFillsASchema(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		`{"type":"object","required":["a","n","ok"],"properties":{"a":{"type":"string"},"n":{"type":"integer","minimum":3},"ok":{"type":"boolean"},"x":{"type":"string"}}}`: `{"a":"hello world","n":3,"ok":false}`,
		`{"type":"string","enum":["low","high"]}`: `"low"`,
		`{"const":7}`:                                                                        `7`,
		`{"type":"string","maxLength":5}`:                                                    `"hello"`,
		`{"type":"string","minLength":13}`:                                                   `"hello world--"`,
		`{"type":"array","minItems":2,"items":{"type":"number"}}`:                            `[0,0]`,
		`{"type":["null","string"]}`:                                                         `null`,
		`{"$ref":"#/$defs/s","$defs":{"s":{"type":"string"}}}`:                               `"hello world"`,
		`{"anyOf":[{"type":"integer","exclusiveMinimum":0},{"type":"null"}]}`:                `1`,
		`{"allOf":[{"required":["a"]},{"properties":{"a":{"maximum":-2,"type":"number"}}}]}`: `{"a":-2}`,
		`{"required":["severity"]}`:                                                          `{"severity":null}`,
		`{"$ref":"#"}`:                                                                       `null`,
	} {
		got, err := model.Echo{}.Complete(t.Context(), model.Request{Messages: []model.Message{say(model.User, "hello world")}, Schema: json.RawMessage(schema)})
		if err != nil || got.Message.Content != want {
			t.Errorf("%s\n got %s, %v\nwant %s", schema, got.Message.Content, err, want)
		}
	}
}

func FuzzEchoNeverPanics(f *testing.F) {
	f.Add("@call a {}\n@tokens 1 2", "@json 1", `{"type":"object"}`)
	f.Add("@sleep 1ns", "@fail 500 x", `{"type":"array","minItems":100,"items":{"$ref":"#"}}`)
	f.Add("", "", `{"required":["a","b"],"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}}}`)
	f.Fuzz(func(t *testing.T, system, user, schema string) {
		synctest.Test(t, func(t *testing.T) {
			_, _ = model.Echo{}.Complete(t.Context(), model.Request{
				Messages: []model.Message{say(model.System, system), say(model.User, user)},
				Schema:   json.RawMessage(schema),
			})
		})
	})
}
