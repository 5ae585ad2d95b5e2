package native

import (
	"encoding/json"
	"fmt"
	"slices"
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
	case "", run.Approved, run.Denied, run.Happened, run.TryAgain, run.GiveUp:
	default:
		details = append(details, misfit("decision", "a decision is approved or rejected, or happened, retry or fail"))
	}
	if w.Decision != run.Approved && len(w.Arguments) > 0 {
		details = append(details, misfit("arguments", "only an approved call has arguments"))
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
		a.Decision, a.Output, more = w.Decision, w.Output, w.chosen("happened, retry or fail", run.Happened, run.TryAgain, run.GiveUp)
	case run.ForApproval:
		q, err := question.Of(ask.Question)
		if err != nil {
			return a, err
		}
		a.Decision, a.Output, more = w.Decision, w.Arguments, w.approval(q.Call)
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
	decided, input := reason == run.OutcomeUnknown || reason == run.ForApproval, reason == run.ForInput
	if w.Decision != "" && !decided {
		details = append(details, misfit("decision", "it is answered with answer, and without a decision"))
	}
	if w.Hash != "" && reason != run.ForApproval {
		details = append(details, misfit("hash", "only a call that waits for approval has a hash"))
	}
	if len(w.Answer) > 0 && decided {
		details = append(details, misfit("answer", "it is answered with a decision"))
	}
	if len(w.Variables) > 0 && !input {
		details = append(details, misfit("variables", "only the answer to a question sets variables"))
	}
	return details
}

// chosen judges a decision by those that the ask takes.
func (w answerWanted) chosen(words string, takes ...run.Decision) []fault.Detail {
	if slices.Contains(takes, w.Decision) {
		return nil
	}
	return []fault.Detail{misfit("decision", "the decision is %s", words)}
}

// approval judges what is said about a call. Who says which call was looked at
// decides about no other; and who approves has to say it, because the call that
// waits may be the next one by then.
func (w answerWanted) approval(c *question.Call) (details []fault.Detail) {
	details = w.chosen("approved or rejected", run.Approved, run.Denied)
	if c == nil {
		return append(details, misfit("ask", "the call is not known any more"))
	}
	if w.Hash != "" && w.Hash != c.Hash {
		details = append(details, misfit("hash", "the call that waits is another one"))
	}
	if len(w.Arguments) > 0 {
		details = append(details, question.Under("arguments", c.CheckEdited(w.Arguments))...)
	}
	if len(details) == 0 && w.Decision == run.Approved && w.Hash == "" && w.Ask == nil {
		return []fault.Detail{misfit("hash", "say which call was looked at: by its hash, or by the ask; the list of asks has both")}
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
