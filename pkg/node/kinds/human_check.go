package kinds

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/schema"
)

// Check wants a question that can be answered, and an end of the waiting that
// its author has thought of.
func (Human) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[humanConfig](n)
	details = slices.DeleteFunc(details, func(d fault.Detail) bool { // braces in a pattern are no template
		return d.Code == badTemplate && strings.HasPrefix(d.Path, "config.form")
	})
	if c.Question == "" && len(details) == 0 {
		details = append(details, at("question", invalid, "a human is asked something, like Ship {{ vars.version }}?"))
	}
	details = append(details, checkChoices("options", c.Options)...)
	details = append(details, checkChoices("assignees", c.Assignees)...)
	if len(c.Options) > 0 && given(c.Form) {
		details = append(details, at("form", invalid, "a question has either options or a form"))
	} else if given(c.Form) {
		details = append(details, checkForm(c.Form)...)
	}
	details = append(details, c.checkExpiry()...)
	return append(details, checkAside(n, "expires_in")...)
}

// checkExpiry judges what happens when nobody answers.
func (c humanConfig) checkExpiry() []fault.Detail {
	var details []fault.Detail
	if problem := checkSpan(c.ExpiresIn); c.ExpiresIn != "" && problem != "" {
		details = append(details, at("expires_in", invalid, problem))
	}
	switch c.OnExpire {
	case "", failAtOnce, takeDefault, keepWaiting:
	default:
		details = append(details, at("on_expire", invalid, "on_expire is fail, default or keep_waiting"))
	}
	if c.OnExpire != "" && c.ExpiresIn == "" {
		details = append(details, at("on_expire", invalid, "a question without expires_in does not expire"))
	}
	switch {
	case c.OnExpire == takeDefault && !given(c.Default):
		details = append(details, at("default", invalid, "on_expire default needs a default"))
	case c.OnExpire != takeDefault && given(c.Default):
		details = append(details, at("default", invalid, "a default is taken only with on_expire default"))
	case given(c.Default) && !slices.ContainsFunc(c.Options, templated):
		q := question.Question{Options: c.Options}
		if given(c.Form) {
			q.Form = c.Form
		}
		details = append(details, question.Under("config.default", q.Check(c.Default))...)
	}
	return details
}

func checkChoices(field string, list []string) []fault.Detail {
	var details []fault.Detail
	if len(list) > maxChoices {
		details = append(details, at(field, invalid, fmt.Sprintf("there are at most %d", maxChoices)))
	}
	for i, text := range list {
		if n := utf8.RuneCountInString(text); n < 1 || n > maxChoice {
			details = append(details, at(fmt.Sprintf("%s[%d]", field, i), invalid, fmt.Sprintf("it has 1 to %d characters", maxChoice)))
		} else if slices.Contains(list[:i], text) {
			details = append(details, at(fmt.Sprintf("%s[%d]", field, i), duplicateID, "it is there already"))
		}
	}
	return details
}

// checkForm wants a schema of an object: that is what a form is filled into.
func checkForm(form json.RawMessage) []fault.Detail {
	if _, err := schema.Compile(form); err != nil {
		return []fault.Detail{at("form", badSchema, err.Error())}
	}
	var s struct {
		Type any `json:"type"`
	}
	if json.Unmarshal(form, &s) != nil || s.Type != "object" {
		return []fault.Detail{at("form", badSchema, `a form is a schema with "type": "object"`)}
	}
	return nil
}

// at is something wrong at a field of a config.
func at(field, code, message string) fault.Detail {
	return fault.Detail{Path: "config." + field, Code: code, Message: message}
}
