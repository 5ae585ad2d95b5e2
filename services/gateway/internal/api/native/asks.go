package native

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// askDocument is something that a run waits for, or waited for.
type askDocument struct {
	ID          uuid.UUID          `json:"id"`
	RunID       uuid.UUID          `json:"run_id"`
	Graph       string             `json:"graph"`
	Environment string             `json:"environment"`
	NodeID      string             `json:"node_id"`
	Iteration   int                `json:"iteration"`
	Call        string             `json:"call" doc:"What the node calls it, such as ask:1."`
	Reason      run.Reason         `json:"reason" doc:"outcome_unknown, approval and input are for people, callback is for another system; timer and child are for nobody: a child is the run with the id of the ask."`
	Status      store.AskStatus    `json:"status" doc:"closed: its run or its step ended before anybody answered."`
	Question    *question.Question `json:"question" doc:"What a person is asked; null of what is not for people."`
	AskedAt     moment             `json:"asked_at"`
	ExpiresAt   *moment            `json:"expires_at" doc:"When the waiting ends by itself; null waits for ever."`
	SettledAt   *moment            `json:"settled_at"`
	Decision    *string            `json:"decision" doc:"What it came to: answered or expired, or the decision that was asked for."`
	Answer      json.RawMessage    `json:"answer" doc:"What somebody said; null of a callback, whose step has it, without the secrets that the other system repeats."`
	Comment     *string            `json:"comment"`
	AnsweredBy  *string            `json:"answered_by" doc:"A key by its name (key:ci), the one who was given a link (link:ada), callback, or null when nobody did."`
}

func askOf(a store.Ask) askDocument {
	d := askDocument{
		ID: a.ID, RunID: a.Run, Graph: a.Graph, Environment: a.Environment,
		NodeID: a.Step.Node, Iteration: a.Step.Iteration, Call: a.Step.Call, Reason: a.Reason, Status: a.Status,
		AskedAt: moment(a.AskedAt), ExpiresAt: maybe(a.Until), SettledAt: maybe(a.SettledAt),
		Decision: orNull(string(a.Answer.Decision)), Answer: a.Answer.Output, Comment: orNull(a.Answer.Comment), AnsweredBy: orNull(a.Answer.By),
	}
	if a.Reason == run.ForCallback {
		d.Answer = nil
	}
	if q, err := question.Of(a.Question); err == nil && a.Reason.OfPerson() {
		d.Question = &q
	}
	return d
}

// asksQuery chooses asks.
type asksQuery struct {
	pageQuery
	Status      store.AskStatus `query:"status" doc:"open, answered, expired or closed; all of them when it is left out."`
	Reason      []run.Reason    `query:"reason" doc:"Any of these, with commas between them."`
	Run         *uuid.UUID      `query:"run" doc:"The run that asks."`
	Graph       string          `query:"graph" doc:"The name of its graph."`
	Environment string          `query:"environment" doc:"DEV, UAT or PROD."`
	Assignee    string          `query:"assignee" doc:"One of those whom the question is for."`
}

var asksDoc = api.Doc{
	ID: "listAsks", Summary: "List what runs wait for, newest first", Query: asksQuery{},
	Detail: "With `status=open` it is what is to be answered. A key that is bound to environments sees only theirs.",
	Gives:  api.Gives{http.StatusOK: list[askDocument]{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.UnknownField},
}

// asks lists what runs wait for, newest first.
func (n Native) asks(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, asksQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := askFilter(c)
	if err != nil {
		return 0, nil, err
	}
	asks, next, err := c.Store.Asks(ctx, filter, p)
	return http.StatusOK, listOf(asks, next, askOf), err
}

func askFilter(c *api.Call) (f store.AskFilter, err error) {
	q := c.Query()
	f.Graph, f.Assignee, f.Status, f.Environments = q.Get("graph"), q.Get("assignee"), store.AskStatus(q.Get("status")), c.Key.Environments
	if f.Status != "" && !slices.Contains(store.AskStatuses, f.Status) {
		return f, one("status", "invalid", "a status is open, answered, expired or closed")
	}
	if f.Reasons, err = reasonsOf(q["reason"]); err != nil {
		return f, err
	}
	if name := q.Get("environment"); name != "" {
		environment, err := reached(c, name)
		if err != nil {
			return f, err
		}
		f.Environments = []string{environment}
	}
	f.Run, err = idOf(q.Get("run"), "run")
	return f, err
}

// reasonsOf reads reasons, with commas between them or each on its own.
func reasonsOf(texts []string) (all []run.Reason, err error) {
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			if !slices.Contains(run.Waits, run.Reason(word)) {
				return nil, one("reason", "invalid", "a reason is outcome_unknown, approval, input, callback, timer or child")
			}
			all = append(all, run.Reason(word))
		}
	}
	return all, nil
}

var askDoc = api.Doc{
	ID: "getAsk", Summary: "Read one thing that a run waits for, or waited for",
	Gives: api.Gives{http.StatusOK: askDocument{}},
}

func (n Native) ask(ctx context.Context, c *api.Call) (int, any, error) {
	a, err := foundAsk(ctx, c)
	return http.StatusOK, askOf(a), err
}

// foundAsk is the ask that the path names. What the key may not reach does not
// exist for it.
func foundAsk(ctx context.Context, c *api.Call) (store.Ask, error) {
	missing := fault.New(fault.NotFound, "no such ask")
	ref := c.Param("ask")
	id, err := uuid.Parse(ref)
	if err != nil || len(ref) != 36 {
		return store.Ask{}, missing
	}
	a, err := c.Store.Ask(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && !c.Key.Reaches(a.Environment) {
		return store.Ask{}, missing
	}
	return a, err
}
