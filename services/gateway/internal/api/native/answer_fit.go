package native

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// maxComment is the length of a comment in characters.
const maxComment = 2000

// check says what is wrong with an answer whatever it is given to.
func (w answerWanted) check() (details []fault.Detail) {
	switch w.Decision {
	case "", run.Happened, run.TryAgain, run.GiveUp:
	default:
		details = append(details, misfit("decision", "a decision is happened, retry or fail"))
	}
	if w.Decision != run.Happened && len(w.Output) > 0 {
		details = append(details, misfit("output", "only what happened has an output"))
	}
	if utf8.RuneCountInString(w.Comment) > maxComment {
		details = append(details, misfit("comment", "a comment has at most %d characters", maxComment))
	}
	return details
}

// to makes an answer to the ask of what was said, or says why it does not fit.
func (w answerWanted) to(ask store.Ask) (a run.Answer, err error) {
	details := w.idle(ask.Reason)
	a = run.Answer{Decision: run.Given, Output: w.Answer, Comment: w.Comment}
	var more []fault.Detail
	switch ask.Reason {
	case run.OutcomeUnknown:
		if a.Decision, a.Output = w.Decision, w.Output; w.Decision == "" {
			more = append(more, misfit("decision", "a decision is happened, retry or fail"))
		}
	case run.ForInput:
		q, err := question.Of(ask.Question)
		if err != nil {
			return a, err
		}
		more = question.Under("answer", q.Check(w.Answer))
		a.Variables, err = w.variables(&more)
		if err != nil {
			return a, err
		}
	}
	if details = append(details, more...); len(details) > 0 {
		return a, fault.Invalid(details...)
	}
	return a, nil
}

// idle are the fields that say nothing to an ask of this kind: who fills one
// means another ask.
func (w answerWanted) idle(reason run.Reason) (details []fault.Detail) {
	unknown, input := reason == run.OutcomeUnknown, reason == run.ForInput
	if w.Decision != "" && !unknown {
		details = append(details, misfit("decision", "it is answered with answer: a decision is for a step whose outcome nobody knows"))
	}
	if len(w.Answer) > 0 && unknown {
		details = append(details, misfit("answer", "it is answered with a decision: happened, retry or fail"))
	}
	if len(w.Variables) > 0 && !input {
		details = append(details, misfit("variables", "only the answer to a question sets variables"))
	}
	return details
}

// variables are the session variables that an answer sets.
func (w answerWanted) variables(details *[]fault.Detail) (map[string]json.RawMessage, error) {
	if len(w.Variables) == 0 {
		return nil, nil
	}
	if len(w.Variables) > trigger.MaxVariables {
		*details = append(*details, misfit("variables", "there are at most %d variables", trigger.MaxVariables))
	}
	all := map[string]json.RawMessage{}
	for name, value := range w.Variables {
		if !trigger.VariableName(name) {
			*details = append(*details, misfit("variables", "%.100q is no name for a variable: 1 to 128 characters without a dot or {{", name))
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		all[name] = raw
	}
	for _, name := range trigger.SystemVariables {
		delete(all, name)
	}
	return all, nil
}

func misfit(path, format string, args ...any) fault.Detail {
	return fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)}
}
