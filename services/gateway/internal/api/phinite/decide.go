package phinite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// decideWanted is what a person decided about a call; fields that it does not
// know are ignored.
type decideWanted struct {
	Decision  string `json:"decision" required:"true" doc:"approved or rejected."`
	Workspace string `json:"workspaceid" doc:"The workspace's name or id; the key must be one of its own."`
}

// approvalDocument is a decision that was taken.
type approvalDocument struct {
	ID         uuid.UUID `json:"id"`
	WorkflowID uuid.UUID `json:"workflow_id"`
	Status     string    `json:"status" doc:"approved or rejected."`
	DecidedBy  string    `json:"decided_by"`
}

var decideDoc = api.Doc{
	ID: "decideApproval", Summary: "Approve or reject a call that waits for a person",
	Detail: "Approvals are the asks with the reason approval, and so is their id.",
	Takes:  decideWanted{}, Loose: true, Gives: api.Gives{http.StatusOK: approvalDocument{}}, Refuses: []fault.Code{fault.NotWaiting},
}

var errNoApproval = fault.New(fault.NotFound, "Approval not found")

// decide takes a person's decision about a call.
func (p Phinite) decide(ctx context.Context, c *api.Call) (int, any, error) {
	decision, err := p.decision(c)
	if err != nil {
		return 0, nil, err
	}
	ask, err := approvalOf(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	c.Altered("run/"+ask.Run.String(), nil, audit.Fields{"decision": decision, "node": ask.Step.Node, "call": ask.Step.Call})
	ask, r, err := c.Store.Answer(ctx, ask.ID, run.Answer{Decision: decision, By: c.By()})
	switch {
	case errors.Is(err, fault.Conflict), errors.Is(err, fault.AlreadyFinished):
		return 0, nil, fault.New(fault.NotWaiting, "Approval is not pending: %s", fault.Of(err).Message)
	case err != nil:
		return 0, nil, err
	}
	p.Launcher.Bells.Knock()
	p.Announce(r.ID)
	return http.StatusOK, approvalDocument{ask.ID, r.ID, string(ask.Answer.Decision), ask.Answer.By}, nil
}

// decision reads the body.
func (p Phinite) decision(c *api.Call) (run.Decision, error) {
	raw := bytes.Trim(c.Raw, " \t\r\n")
	if err := strictjson.Check(raw, strictjson.Limits{}); err != nil {
		return "", unreadable(err)
	}
	if raw[0] != '{' {
		return "", wrong(fault.CodeInvalid, notDict(raw, "body"))
	}
	fields, err := strictjson.Object(raw)
	if err != nil {
		return "", err
	}
	decision, problems := word(fields, "decision")
	workspace, more := word(fields, "workspaceid")
	if problems = append(problems, more...); len(problems) > 0 {
		return "", wrong(fault.CodeInvalid, problems...)
	}
	if workspace != "" && workspace != c.Workspace.Name && workspace != c.Workspace.ID.String() {
		return "", fault.Unauthenticated
	}
	if d := run.Decision(decision); d == run.Approved || d == run.Denied {
		return d, nil
	}
	return "", wrong(fault.CodeInvalid, problem{
		Type: "enum", Loc: []any{"body", "decision"}, Msg: "Input should be 'approved' or 'rejected'",
		Input: short(decision), Ctx: map[string]any{"expected": "'approved' or 'rejected'"},
	})
}

// word is a field that holds text; one that is left out is empty.
func word(fields map[string]json.RawMessage, name string) (string, []problem) {
	text, problems := message(fields[name])
	for i := range problems {
		problems[i].Loc = []any{"body", name}
	}
	return text, problems
}

// approvalOf is the approval that the path names. What the key may not reach does
// not exist for it, and neither do asks that are no approvals.
func approvalOf(ctx context.Context, c *api.Call) (store.Ask, error) {
	ref := c.Param("ask")
	id, err := uuid.Parse(ref)
	if err != nil || len(ref) != 36 {
		return store.Ask{}, errNoApproval
	}
	a, err := c.Store.Ask(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && (a.Reason != run.ForApproval || !c.Key.Reaches(a.Environment)) {
		return store.Ask{}, errNoApproval
	}
	return a, err
}
