package phinite

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// resumeWanted is what a person says to a run that waits; fields that it does
// not know are ignored.
type resumeWanted struct {
	Message       string         `json:"message" doc:"The answer: one of the question's options, or text."`
	UserVariables map[string]any `json:"user_variables" doc:"What a form is filled with; session variables of the run all the same."`
}

func resumeDoc(as string) api.Doc {
	return api.Doc{
		ID: "resumeWorkflow" + as, Summary: "Answer a run that waits for input",
		Detail: "When the run asks several things the oldest question is answered. A call that waits for approval, and a step whose outcome nobody knows, are not answered here.",
		Takes:  resumeWanted{}, Optional: true, Loose: true, Gives: api.Gives{http.StatusOK: answer{}}, Refuses: []fault.Code{fault.NotWaiting},
	}
}

var errNotWaiting = fault.New(fault.NotWaiting, "Workflow is not waiting for input")

// resume answers the question of a run that waits for input.
func (p Phinite) resume(ctx context.Context, c *api.Call) (int, any, error) {
	said, err := parse(c.Raw)
	if err != nil {
		return 0, nil, err
	}
	r, err := p.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	ask, err := oldest(ctx, c, r)
	if err != nil {
		return 0, nil, err
	}
	a, err := fitting(ask, said)
	if err != nil {
		return 0, nil, err
	}
	a.By = c.By()
	c.Altered("run/"+r.ID.String(), nil, audit.Fields{"decision": a.Decision, "node": ask.Step.Node, "call": ask.Step.Call})
	_, _, err = c.Store.Answer(ctx, ask.ID, a)
	switch {
	case errors.Is(err, fault.Conflict), errors.Is(err, fault.AlreadyFinished), errors.Is(err, fault.NotFound):
		return 0, nil, errNotWaiting // somebody was faster
	case err != nil:
		return 0, nil, err
	}
	p.Launcher.Bells.Knock()
	p.Announce(r.ID)
	p.stands(c, run.Run{ID: r.ID, Status: run.StatusPending, CreatedAt: p.Now()})
	return http.StatusOK, pending(r.ID), nil
}

// oldest is the question that a run has asked for the longest time.
func oldest(ctx context.Context, c *api.Call, r run.Run) (ask store.Ask, err error) {
	filter := store.AskFilter{Run: r.ID, Status: store.AskOpen, Reasons: []run.Reason{run.ForInput}}
	for page := (store.Page{Limit: 200}); ; {
		asks, next, err := c.Store.Asks(ctx, filter, page)
		if err != nil {
			return ask, err
		}
		if len(asks) > 0 {
			ask = asks[len(asks)-1]
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	if ask.ID == [16]byte{} {
		return ask, errNotWaiting
	}
	return ask, nil
}

// fitting makes an answer of what was said. Variables alone are an answer to a
// question that takes any text.
func fitting(ask store.Ask, said trigger.Event) (a run.Answer, err error) {
	q, err := question.Of(ask.Question)
	if err != nil {
		return a, err
	}
	a = run.Answer{Decision: run.Given, Variables: map[string]json.RawMessage{}}
	for name, value := range said.UserVariables {
		if a.Variables[name], err = json.Marshal(value); err != nil {
			return a, err
		}
	}
	field, text := "message", said.Message
	if a.Output, err = json.Marshal(text); err != nil {
		return a, err
	}
	if q.Form != nil {
		field = "user_variables"
		a.Output, err = json.Marshal(said.UserVariables)
	}
	if err != nil || q.Form == nil && len(q.Options) == 0 && text == "" && len(a.Variables) > 0 {
		return a, err
	}
	var problems []problem
	for _, d := range q.Check(a.Output) {
		loc := []any{"body", field}
		if d.Path != "" {
			loc = append(loc, d.Path)
		}
		problems = append(problems, problem{Type: "value_error", Loc: loc, Msg: d.Message, Input: short(text)})
	}
	return a, wrong(fault.CodeInvalid, problems...)
}
