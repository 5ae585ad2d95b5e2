package native

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
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
	Detail: "A run waits with the reason `outcome_unknown` when a step that must not run twice was cut off: only a person can say what became of it.",
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
	if r.Status != run.StatusWaiting {
		return 0, nil, fault.New(fault.NotWaiting, "the run waits for no answer")
	}
	records, err := n.journal(ctx, c, r)
	if err != nil {
		return 0, nil, err
	}
	step, err := wanted.step(open(records))
	if err != nil {
		return 0, nil, err
	}
	c.Altered("run/"+r.ID.String(), nil, audit.Fields{"decision": wanted.Decision, "node": step.Node, "call": step.Call})
	r, err = c.Store.Answer(ctx, r.ID, func(r run.Run, next int) []run.Record {
		return []run.Record{wanted.record(step, r.Epoch, next, n.Now())}
	})
	if err != nil {
		return 0, nil, err
	}
	n.Launcher.Bells.Knock()
	n.Announce(r.ID)
	return http.StatusAccepted, n.stands(c, r), nil
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

// open are the steps that somebody was asked about and nobody has answered.
func open(records []run.Record) (steps []run.Step) {
	asked := map[run.Step]bool{}
	for _, r := range records {
		switch r.Type {
		case run.Waiting:
			asked[r.Step()] = true
		case run.Answered:
			delete(asked, r.Step())
		}
	}
	for _, r := range records {
		if s := r.Step(); r.Type == run.Waiting && asked[s] {
			steps = append(steps, s)
			delete(asked, s)
		}
	}
	return steps
}

// step is the one that the answer means.
func (w answerWanted) step(open []run.Step) (run.Step, error) {
	var meant []run.Step
	for _, s := range open {
		if w.Node == "" || w.Node == s.Node && w.Call == s.Call {
			meant = append(meant, s)
		}
	}
	switch {
	case len(meant) == 1:
		return meant[0], nil
	case len(meant) > 1:
		return run.Step{}, one("node", "invalid", "the run waits for several answers: name the node, and its call")
	case len(open) > 0:
		return run.Step{}, one("node", "invalid", "the run does not wait for this node")
	}
	return run.Step{}, fault.New(fault.NotWaiting, "the run waits for no answer")
}

func (w answerWanted) record(s run.Step, epoch, seq int, at time.Time) run.Record {
	data, err := json.Marshal(run.Answer{Decision: w.Decision, Output: w.Output})
	if err != nil {
		panic("native: an answer is not JSON: " + err.Error()) // its parts were read as JSON
	}
	return run.Record{
		Seq: seq, Epoch: epoch, At: at, Type: run.Answered, Node: s.Node, Iteration: s.Iteration, Call: s.Call, Data: data,
	}
}
