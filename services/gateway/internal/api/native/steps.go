package native

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// stepDocument is one thing that a run did, read from its journal.
type stepDocument struct {
	RunID     uuid.UUID       `json:"run_id"`
	Seq       int             `json:"seq" doc:"Of the record with which it began."`
	NodeID    string          `json:"node_id"`
	Kind      string          `json:"kind"`
	Iteration int             `json:"iteration"`
	Call      string          `json:"call" doc:"Empty for the node itself; model:n, tool:n:name or, of what it waits for, ask:n, timer:n or callback:n inside."`
	Epoch     int             `json:"epoch"`
	Status    string          `json:"status" doc:"running, retrying, waiting, completed, failed or cancelled."`
	Input     json.RawMessage `json:"input"`
	Output    json.RawMessage `json:"output"`
	ChildRun  *uuid.UUID      `json:"child_run" doc:"The run that the step started, of a graph of its own."`
	Decision  *string         `json:"decision" doc:"What it asked came to: answered or expired, or what was decided."`
	By        *string         `json:"answered_by" doc:"A key by its name (key:ci), the one who was given a link (link:ada), callback, or null when nobody answered."`
	Comment   *string         `json:"comment" doc:"What the one who answered says to the reader of the run."`
	Apart     int             `json:"apart" doc:"How many bytes of it are left out in a list because they are many; the step alone has them."`
	Copied    bool            `json:"copied" doc:"The result is that of the run which this one replays."`
	Error     *string         `json:"error"`
	Usage     *run.Usage      `json:"usage"`
	StartedAt moment          `json:"started_at"`
	EndedAt   *moment         `json:"ended_at"`
}

var stepsDoc = api.Doc{
	ID: "listSteps", Summary: "Tell what a run has done so far", Query: pageQuery{},
	Detail: "Its nodes, and the model and tool calls inside them, in the order in which they began. What is larger than 64 KiB is left out and counted in `apart`.",
	Gives:  api.Gives{http.StatusOK: list[stepDocument]{}}, Refuses: []fault.Code{fault.UnknownField},
}

// steps tells what a run has done so far, in the order in which it began.
func (n Native) steps(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, pageQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	outline, err := c.Store.Outline(ctx, r.ID)
	if err != nil {
		return 0, nil, err
	}
	name, all := "steps of "+r.ID.String(), spansOf(outline)
	part, next, err := store.Cut(c.Store, name, all, span.begins, p)
	if err != nil {
		return 0, nil, err
	}
	records, read, err := n.journal(ctx, c, r, part)
	if err != nil {
		return 0, nil, err
	}
	if p.Limit = read; read < len(part) { // the page is full before
		if _, next, err = store.Cut(c.Store, name, all, span.begins, p); err != nil {
			return 0, nil, err
		}
	}
	steps, err := stepsOf(r, records)
	return http.StatusOK, listOf(steps, next, func(s stepDocument) stepDocument { return s }), err
}

// stepsOf folds a journal into steps. A step's last record says how it stands;
// one that was still open when its run ended was cut off by that end.
func stepsOf(of run.Run, records []run.Record) ([]stepDocument, error) {
	steps := []stepDocument{}
	at := map[run.Step]int{}
	for _, r := range records {
		if r.Node == "" {
			continue
		}
		i, begun := at[r.Step()]
		if !begun {
			i = len(steps)
			at[r.Step()] = i
			steps = append(steps, stepDocument{
				RunID: of.ID, Seq: r.Seq, NodeID: r.Node, Iteration: r.Iteration, Call: r.Call,
				Status: "running", StartedAt: moment(r.At),
			})
		}
		if err := steps[i].add(r); err != nil {
			return nil, err
		}
	}
	for i := range steps {
		if of.Status.Terminal() && steps[i].EndedAt == nil {
			steps[i].Status, steps[i].EndedAt = "cancelled", maybe(of.FinishedAt)
		}
	}
	return steps, nil
}

// add is what one more record says of the step.
func (s *stepDocument) add(r run.Record) error {
	s.Epoch = r.Epoch
	s.Apart += r.Apart()
	switch r.Type {
	case run.StepStarted:
		var b run.Begun
		if err := json.Unmarshal(r.Data, &b); err != nil {
			return err
		}
		s.Status, s.Kind, s.Input = "running", b.Kind, b.Input
	case run.StepRetrying:
		var t run.Retried
		if err := json.Unmarshal(r.Data, &t); err != nil {
			return err
		}
		s.Status, s.Error = "retrying", &t.Error
		s.spend(t.Usage)
	case run.StepCompleted:
		var c run.Completed
		if err := json.Unmarshal(r.Data, &c); err != nil {
			return err
		}
		s.end("completed", c.Kind, c.Usage, r)
		s.works(c.Input)
		s.Output, s.Error, s.Copied = c.Output, nil, c.Copied
	case run.StepFailed:
		var f run.Failure
		if err := json.Unmarshal(r.Data, &f); err != nil {
			return err
		}
		s.end("failed", f.Kind, f.Usage, r)
		s.works(f.Input)
		s.Error, s.Copied = &f.Message, f.Copied
	case run.Waiting:
		var a run.Ask
		if err := json.Unmarshal(r.Data, &a); err != nil {
			return err
		}
		s.asks(a)
	case run.Answered:
		var a run.Answer
		if err := json.Unmarshal(r.Data, &a); err != nil {
			return err
		}
		s.answered(a, r)
	case run.Withdrawn:
		s.Status, s.EndedAt = "cancelled", maybe(&r.At)
	}
	return nil
}

func (s *stepDocument) asks(a run.Ask) {
	s.Status = "waiting"
	if s.Call != "" {
		s.works(a.Question)
	}
	if a.Child != nil {
		s.Kind, s.ChildRun = "graph", &a.ID
	}
}

// answered ends what only asked. A node that asked what became of it goes on.
func (s *stepDocument) answered(a run.Answer, r run.Record) {
	if s.ChildRun == nil {
		s.Decision, s.By, s.Comment = orNull(string(a.Decision)), orNull(a.By), orNull(a.Comment)
	}
	if s.Call == "" {
		s.Status = "running"
		return
	}
	s.Output = a.Output
	var back run.Returned
	if s.ChildRun == nil || json.Unmarshal(a.Output, &back) != nil || back.Status == run.StatusCompleted {
		s.end("completed", "", nil, r)
		return
	}
	s.end("failed", "", nil, r)
	s.Error = &back.Error
}

func (s *stepDocument) end(status, kind string, usage *run.Usage, r run.Record) {
	s.Status = status
	if kind != "" {
		s.Kind = kind
	}
	s.EndedAt = maybe(&r.At)
	s.spend(usage)
}

// works notes what the step said that it worked on; what it was called with says
// more.
func (s *stepDocument) works(input json.RawMessage) {
	if s.Input == nil {
		s.Input = input
	}
}

// spend adds the price of one more try.
func (s *stepDocument) spend(u *run.Usage) {
	switch {
	case u == nil:
	case s.Usage == nil:
		s.Usage = u
	default:
		sum := s.Usage.Add(*u)
		s.Usage = &sum
	}
}
