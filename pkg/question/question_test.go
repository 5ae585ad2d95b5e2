package question

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAnswersFitTheirQuestion(t *testing.T) {
	t.Parallel()
	free := Question{Text: "Why?"}
	choice := Question{Text: "Ship it?", Options: []string{"yes", "not yet"}}
	form := Question{Text: "How many?", Form: json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`)}
	for _, c := range []struct {
		q      Question
		answer string
		path   string
		says   string // empty when the answer fits
	}{
		{free, `"because"`, "", ""},
		{free, `""`, "", "empty"},
		{free, `" \n"`, "", "empty"},
		{free, ``, "", "wanted"},
		{free, `5`, "", "text"},
		{free, `null`, "", "text"},
		{free, `["because"]`, "", "text"},
		{free, `"` + strings.Repeat("x", MaxText+1) + `"`, "", "bytes"},
		{choice, `"not yet"`, "", ""},
		{choice, `"no"`, "", `one of "yes", "not yet"`},
		{choice, `"YES"`, "", `one of`},
		{choice, `true`, "", `one of`},
		{form, `{"n":3}`, "", ""},
		{form, `{"n":"3"}`, "n", "integer"},
		{form, `{}`, "n", "required"},
		{form, `"3"`, "", "object"},
		{Question{Form: json.RawMessage(`{"type":5}`)}, `{}`, "", "cannot be read"},
	} {
		details := c.q.Check(json.RawMessage(c.answer))
		switch {
		case c.says == "" && len(details) > 0:
			t.Errorf("%.40s: %+v", c.answer, details)
		case c.says != "" && (len(details) != 1 || details[0].Path != c.path || !strings.Contains(details[0].Message, c.says)):
			t.Errorf("%.40s: %+v, want %q at %q", c.answer, details, c.says, c.path)
		}
	}
	if d := Under("answer", form.Check(json.RawMessage(`{}`))); d[0].Path != "answer.n" {
		t.Errorf("%+v", d)
	}
}

func TestAQuestionIsReadAsItWasAsked(t *testing.T) {
	t.Parallel()
	if q, err := Of(nil); err != nil || q.Text != "" {
		t.Errorf("%+v, %v", q, err)
	}
	if q, err := Of(json.RawMessage(`{"text":"Go on?","options":["yes"]}`)); err != nil || q.Text != "Go on?" || q.Options[0] != "yes" {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := Of(json.RawMessage(`[]`)); err == nil {
		t.Error("a list is no question")
	}
}
