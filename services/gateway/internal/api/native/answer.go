package native

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// answerWanted is what somebody says to what a run asks. What is meant is named
// when the run asks several things.
type answerWanted struct {
	Ask  *uuid.UUID `json:"ask" doc:"Which of the things that the run asks; or name its node, and the call inside it."`
	Node string     `json:"node" doc:"Which step, when the run waits for several."`
	Call string     `json:"call" doc:"Which call inside it, when that step waits for several."`

	Decision  run.Decision    `json:"decision" doc:"Of a call that waits for approval, approved or rejected. Of a step whose outcome nobody knows, happened: it ran, and this was its output; retry: run it again; fail: it failed. Of anything else it is left out."`
	Output    json.RawMessage `json:"output" doc:"What the step gave, when it happened."`
	Arguments json.RawMessage `json:"arguments" doc:"What the approved call is made with instead, where its arguments may be changed."`
	Hash      string          `json:"hash" doc:"The hash of the call that was looked at: a decision about another one is refused. Who approves names it, or the ask."`
	Answer    json.RawMessage `json:"answer" doc:"The answer to a question: one of its options, an object that fits its form, or text. Of a callback, what the other system would have posted."`
	Variables map[string]any  `json:"variables" doc:"Session variables to set with the answer to a question."`
	Comment   string          `json:"comment" doc:"A word to whoever reads the run."`
}

var answerRunDoc = api.Doc{
	ID: "answerRun", Summary: "Answer what a run asks, and let it go on",
	Detail: "What it asks is in the list of asks. The first answer that fits is taken; whoever comes later hears who was first. " +
		"A run asks with the reason `outcome_unknown` when a step that must not run twice was cut off: only a person can say what became of it." + blank,
	Takes: answerWanted{}, Gives: api.Gives{http.StatusAccepted: runDocument{}}, Refuses: []fault.Code{fault.NotWaiting, fault.AlreadyFinished, fault.Conflict},
}

// answerRun answers what a run asks, and lets it go on.
func (n Native) answerRun(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[answerWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if err := refusedDocument(wanted.check()); err != nil {
		return 0, nil, err
	}
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	ask, err := n.meant(ctx, c, r, wanted)
	if err != nil {
		return 0, nil, err
	}
	a, err := wanted.to(ask)
	if err != nil && ask.Status == store.AskOpen {
		return 0, nil, err
	}
	a.By = c.By()
	c.Altered("run/"+r.ID.String(), nil, audit.Fields{"decision": a.Decision, "node": ask.Step.Node, "call": ask.Step.Call})
	_, r, err = c.Store.Answer(ctx, ask.ID, a)
	if err != nil {
		return 0, nil, err
	}
	n.Launcher.Bells.Knock()
	n.Announce(r.ID)
	return http.StatusAccepted, n.told(c, r), nil
}

// meant is the ask that an answer is for: the one that it names, or the only one
// that is for people. One that was settled is named by its id only, to be told
// by whom.
func (n Native) meant(ctx context.Context, c *api.Call, r run.Run, w answerWanted) (store.Ask, error) {
	if w.Ask != nil {
		ask, err := c.Store.Ask(ctx, *w.Ask)
		if err == nil && ask.Run == r.ID && answerable(ask) {
			return ask, nil
		}
		return store.Ask{}, one("ask", "invalid", "the run asks nothing with this id")
	}
	open, _, err := c.Store.Asks(ctx, store.AskFilter{Run: r.ID, Status: store.AskOpen}, store.Page{Limit: 200})
	if err != nil {
		return store.Ask{}, err
	}
	asks := slices.DeleteFunc(slices.Clone(open), func(a store.Ask) bool { return !answerable(a) })
	named := slices.DeleteFunc(slices.Clone(asks), func(a store.Ask) bool { return !w.names(a) })
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return store.Ask{}, one("node", "invalid", "the run asks several things: name the ask, or the node and its call")
	case len(asks) > 0 && (w.Node != "" || w.Call != ""):
		return store.Ask{}, one("node", "invalid", "the run does not wait for this node")
	case len(asks) > 0:
		return store.Ask{}, one("node", "invalid", "the run waits for another system: name the node to answer in its place")
	}
	return store.Ask{}, n.silent(ctx, c, r, open)
}

// silent says why nothing that a run waits for takes an answer: it waits for a
// run of its own, or somebody was faster.
func (n Native) silent(ctx context.Context, c *api.Call, r run.Run, open []store.Ask) error {
	if at := slices.IndexFunc(open, func(a store.Ask) bool { return a.Reason == run.ForChild }); at >= 0 {
		return fault.New(fault.NotWaiting, "the run waits for the end of run %s: answer what that one asks", open[at].ID)
	}
	settled, _, err := c.Store.Asks(ctx, store.AskFilter{Run: r.ID, Status: store.AskAnswered}, store.Page{Limit: 200})
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(settled, func(a store.Ask) bool { return a.Reason.OfPerson() }); at >= 0 {
		return fault.New(fault.NotWaiting, "the run waits for no answer any more: %s", settled[at].Ended())
	}
	return fault.New(fault.NotWaiting, "the run waits for no answer")
}

// answerable says that an answer can end the waiting; nobody can make a moment
// come, or another run end.
func answerable(a store.Ask) bool { return a.Reason != run.ForTimer && a.Reason != run.ForChild }

// names says that an answer may be for an ask. Another system's place takes only
// who says so.
func (w answerWanted) names(a store.Ask) bool {
	if w.Node == "" {
		return w.Call == "" && a.Reason.OfPerson()
	}
	return w.Node == a.Step.Node && (w.Call == "" || w.Call == a.Step.Call)
}
