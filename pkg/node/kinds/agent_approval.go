package kinds

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
)

// approval is an author's wish that a person looks at every call of a tool
// before it is made. The person sees the arguments as they will be sent, and
// what is decided holds for these arguments only. Nobody but a person decides:
// silence fails the agent.
type approval struct {
	// Question is a template; the tool and its arguments are shown anyway.
	Question  string   `json:"question"`
	Assignees []string `json:"assignees"`
	// ExpiresIn is a duration; a call waits for ever when it is left out.
	ExpiresIn string `json:"expires_in"`
	// Editable lets the person change the arguments, within the tool's
	// parameters.
	Editable bool `json:"editable"`
}

// sanction is what a person decided about a call: the arguments to call with, or
// what the model is told instead. note says what the model has to know of a call
// that was made.
type sanction struct {
	arguments json.RawMessage
	refusal   string
	note      string
}

// approve asks a person about a call, and puts the run aside until there is a
// decision. A tool that needs none is called with what the model said.
func (t *talk) approve(ctx context.Context, wanted tool, call model.ToolCall) (sanction, error) {
	arguments := json.RawMessage(call.Arguments)
	if wanted.approval == nil {
		return sanction{arguments: arguments}, nil
	}
	step := fmt.Sprintf("approval:%d:%s", t.toolCalls, call.Name)
	asked, err := t.in.Ask(ctx, step, func() (run.Ask, error) { return wanted.ask(ctx, t.in, arguments) })
	if err != nil {
		return sanction{}, err
	}
	q, err := question.Of(asked.Question)
	if err != nil {
		return sanction{}, err
	}
	if q.Call == nil || q.Call.Hash != digest(arguments) {
		return sanction{}, node.Permanent(run.InternalError, "the arguments are not those that a person was asked about")
	}
	a, err := t.in.Await(ctx, step)
	if err != nil {
		return sanction{}, err
	}
	return wanted.sanctioned(arguments, a)
}

// sanctioned reads what was decided.
func (t tool) sanctioned(arguments json.RawMessage, a run.Answer) (sanction, error) {
	switch {
	case a.Decision == run.Denied:
		return sanction{refusal: strings.TrimSuffix("a person rejected this call: "+a.Comment, ": ")}, nil
	case a.Decision != run.Approved:
		return sanction{}, node.Permanent(run.ApprovalExpired, "nobody decided in time whether "+t.Name+" may be called")
	case len(a.Output) == 0:
		return sanction{arguments: arguments}, nil
	case !t.approval.Editable || len(t.arguments.Check(a.Output)) > 0:
		return sanction{}, node.Permanent(run.Rejected, "the arguments for "+t.Name+" were changed to some that it does not take")
	}
	return sanction{arguments: a.Output, note: "a person changed the arguments to " + string(a.Output) + "\n"}, nil
}

// ask is the question about one call.
func (t tool) ask(ctx context.Context, in *node.Input, arguments json.RawMessage) (a run.Ask, err error) {
	f := inside(in)
	q := question.Question{Call: &question.Call{
		Tool: t.Name, Description: t.Description, Arguments: arguments, Hash: digest(arguments), Editable: t.approval.Editable,
	}}
	if t.approval.Editable {
		q.Call.Parameters = t.Parameters
	}
	path := "config.tools[" + t.Name + "].approval."
	template := cmp.Or(t.approval.Question, "May "+in.Node.ID+" call "+t.Name+"?")
	if q.Text, err = f.bounded(ctx, path+"question", template, maxQuestion); err != nil {
		return a, err
	}
	if q.Assignees, err = f.texts(ctx, path+"assignees", t.approval.Assignees); err != nil {
		return a, err
	}
	a.Reason = run.ForApproval
	if t.approval.ExpiresIn != "" {
		d, err := f.span(ctx, path+"expires_in", t.approval.ExpiresIn)
		if err != nil {
			return a, err
		}
		until := in.Now().UTC().Add(d).Truncate(time.Millisecond)
		a.Until = &until
	}
	a.Question, err = json.Marshal(q)
	return a, err
}

// digest names arguments to the letter.
func digest(arguments json.RawMessage) string {
	sum := sha256.Sum256(arguments)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// checkApproval says what is wrong with a tool's approval at save; at is where
// the tool stands.
func (t agentTool) checkApproval(at string) (details []fault.Detail) {
	if t.Approval == nil {
		return nil
	}
	wrong := func(field, code, message string) {
		details = append(details, fault.Detail{Path: at + field, Code: code, Message: message})
	}
	if t.Builtin != "" {
		wrong(".approval", invalid, "what is built in does nothing that a person had to approve")
	}
	if problem := checkSpan(t.Approval.ExpiresIn); t.Approval.ExpiresIn != "" && problem != "" {
		wrong(".approval.expires_in", invalid, problem)
	}
	for _, d := range checkChoices("approval.assignees", t.Approval.Assignees) {
		wrong(strings.TrimPrefix(d.Path, "config"), d.Code, d.Message)
	}
	return details
}
