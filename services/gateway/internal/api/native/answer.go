package native

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// answerWanted is what a person says of a step whose outcome nobody recorded.
// Node and Call name it when the run waits for several.
type answerWanted struct {
	Decision run.Decision    `json:"decision" required:"true" doc:"happened: it ran, and this was its output. retry: run it again. fail: it failed."`
	Output   json.RawMessage `json:"output" doc:"What the step gave, when it happened."`
	Node     string          `json:"node" doc:"Which step, when the run waits for several."`
	Call     string          `json:"call" doc:"Which call inside it."`
}

var answerRunDoc = api.Doc{
	ID: "answerRun", Summary: "Let a run that waits for a person go on",
	Detail: "A run waits with the reason `outcome_unknown` when a step that must not run twice was cut off: only a person can say what became of it." + blank,
	Takes:  answerWanted{}, Gives: api.Gives{http.StatusAccepted: runDocument{}}, Refuses: []fault.Code{fault.NotWaiting, fault.AlreadyFinished},
}

// answerRun lets a run that waits for a person go on.
func (n Native) answerRun(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[answerWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if err := wanted.check(); err != nil {
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
	c.Altered("run/"+r.ID.String(), nil, audit.Fields{"decision": wanted.Decision, "node": ask.Step.Node, "call": ask.Step.Call})
	_, r, err = c.Store.Answer(ctx, ask.ID, run.Answer{Decision: wanted.Decision, Output: wanted.Output, By: c.By()})
	if err != nil {
		return 0, nil, err
	}
	n.Launcher.Bells.Knock()
	n.Announce(r.ID)
	return http.StatusAccepted, n.told(c, r), nil
}

func (w answerWanted) check() error {
	switch w.Decision {
	case run.Happened:
		return nil
	case run.TryAgain, run.GiveUp:
		if len(w.Output) > 0 {
			return one("output", "invalid", "only what happened has an output")
		}
		return nil
	}
	return one("decision", "invalid", "a decision is happened, retry or fail")
}

// meant is the ask that an answer is for: the one that it names, or the only one.
func (n Native) meant(ctx context.Context, c *api.Call, r run.Run, w answerWanted) (store.Ask, error) {
	asks, _, err := c.Store.Asks(ctx, store.AskFilter{Run: r.ID, Status: store.AskOpen, Reasons: []run.Reason{run.OutcomeUnknown}}, store.Page{Limit: 200})
	if err != nil {
		return store.Ask{}, err
	}
	meant := slices.DeleteFunc(slices.Clone(asks), func(a store.Ask) bool { return w.Node != "" && (w.Node != a.Step.Node || w.Call != a.Step.Call) })
	switch {
	case len(meant) == 1:
		return meant[0], nil
	case len(meant) > 1:
		return store.Ask{}, one("node", "invalid", "the run waits for several answers: name the node, and its call")
	case len(asks) > 0:
		return store.Ask{}, one("node", "invalid", "the run does not wait for this node")
	}
	return store.Ask{}, fault.New(fault.NotWaiting, "the run waits for no answer")
}
