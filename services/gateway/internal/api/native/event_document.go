package native

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
)

// event is one thing that a live view shows. The same row and journal give the
// same events at every gateway.
type event struct {
	name     string
	document eventDocument
	// n tells events of one record apart: the first is 0.
	n int
}

func (e event) place() place { return place{e.document.Seq, e.n} }

// eventTypes are all that a live view tells; ends are the last of any.
var (
	eventTypes = append([]string{
		"run.accepted", "run.started", "run.resumed", "node.started", "node.progress", "tool.called", "tool.returned",
		"node.completed", "node.failed", "node.retrying", "node.skipped", "run.waiting", "log", delta,
	}, ends...)
	ends = []string{"run.completed", "run.failed", "run.cancelled"}
)

// delta is a piece of what a model is writing. It is not kept: it has no id, and
// whoever comes later reads the whole in the event that ends the call.
const delta = "model.delta"

// eventDocument is an event's data; what does not apply is left out.
type eventDocument struct {
	RunID     uuid.UUID `json:"run_id"`
	Seq       int       `json:"seq"`
	At        moment    `json:"at"`
	Epoch     int       `json:"epoch"`
	NodeID    *string   `json:"node_id"`
	Iteration *int      `json:"iteration,omitempty"`
	Call      string    `json:"call,omitempty"`
	Kind      string    `json:"kind,omitempty"`

	Input     json.RawMessage            `json:"input,omitempty"`
	Output    json.RawMessage            `json:"output,omitempty"`
	Variables map[string]json.RawMessage `json:"variables,omitempty"`
	Warnings  []string                   `json:"warnings,omitempty"`
	Try       int                        `json:"try,omitempty"`
	AfterMS   int64                      `json:"after_ms,omitempty"`
	Reason    run.Reason                 `json:"reason,omitempty"`
	Ask       *uuid.UUID                 `json:"ask,omitempty"`
	Decision  run.Decision               `json:"decision,omitempty"`
	Level     string                     `json:"level,omitempty"`
	Message   string                     `json:"message,omitempty"`
	Apart     int                        `json:"apart,omitempty"`
	Done      int                        `json:"done,omitempty"`
	Total     int                        `json:"total,omitempty"`
	Offset    *int                       `json:"offset,omitempty" doc:"Of model.delta: how many characters came before the text; 0 begins it, perhaps anew"`
	Text      string                     `json:"text,omitempty" doc:"Of model.delta: what the model has written since the event before"`

	TriggerID    *uuid.UUID     `json:"trigger_id,omitempty"`
	Trigger      string         `json:"trigger,omitempty"`
	Graph        string         `json:"graph,omitempty"`
	Build        int            `json:"build,omitempty"`
	Environment  string         `json:"environment,omitempty"`
	Cause        *causeDocument `json:"cause,omitempty"`
	Status       string         `json:"status,omitempty"`
	StatusReason string         `json:"status_reason,omitempty"`
	Response     map[string]any `json:"response,omitempty"`
	Error        string         `json:"error,omitempty"`
	ErrorCode    run.ErrorCode  `json:"error_code,omitempty"`
	Usage        *run.Usage     `json:"usage,omitempty"`
}

// acceptedOf is a run's first event. It stands before the journal, and says
// only what never changes.
func acceptedOf(r run.Run) event {
	cause := causeOf(r.Cause)
	d := eventDocument{
		RunID: r.ID, At: moment(r.CreatedAt), Trigger: r.Trigger, Graph: r.Graph, Build: r.Build, Environment: r.Environment, Cause: &cause,
	}
	if r.TriggerID != uuid.Nil {
		d.TriggerID = &r.TriggerID
	}
	return event{name: "run.accepted", document: d}
}

// endOf is the last event of a run that has ended. It stands behind the
// journal, whose last record is seq.
func endOf(r run.Run, seq int) event {
	d := eventDocument{
		RunID: r.ID, Seq: seq + 1, At: moment(r.CreatedAt), Epoch: r.Epoch, Status: string(r.Status), StatusReason: reasonOf(r),
		Response: r.Response, Error: r.Error, ErrorCode: r.ErrorCode, Usage: &r.Usage,
	}
	if r.FinishedAt != nil {
		d.At = moment(*r.FinishedAt)
	}
	return event{name: "run." + string(r.Status), document: d}
}

// deltaOf is a piece of text behind the record seq.
func deltaOf(d run.Delta, seq int, at time.Time) event {
	return event{name: delta, document: eventDocument{
		RunID: d.Run, Seq: seq, At: moment(at), Epoch: d.Epoch, NodeID: &d.Step.Node, Iteration: &d.Step.Iteration, Call: d.Step.Call,
		Kind: "model", Offset: &d.Offset, Text: d.Text,
	}}
}

// skippedOf is the nth event of a record: a node that can never run because of
// what the record decided.
func skippedOf(id uuid.UUID, r run.Record, n int, node graph.Node) event {
	first := 0
	return event{name: "node.skipped", n: n, document: eventDocument{
		RunID: id, Seq: r.Seq, At: moment(r.At), Epoch: r.Epoch, NodeID: &node.ID, Iteration: &first, Kind: node.Kind,
	}}
}

// eventOf is a record as an event; ok is false for a type that this gateway
// does not know.
func eventOf(id uuid.UUID, r run.Record) (e event, ok bool, err error) {
	d := &e.document
	*d = eventDocument{RunID: id, Seq: r.Seq, At: moment(r.At), Epoch: r.Epoch, Call: r.Call, Apart: r.Apart()}
	if r.Node != "" {
		d.NodeID, d.Iteration = &r.Node, &r.Iteration
	}
	switch r.Type {
	case run.RunStarted, run.RunResumed:
		e.name = string(r.Type)
	case run.StepStarted:
		e.name = d.of(r.Call, "started")
		err = told(r, func(b run.Begun) { d.Kind, d.Input = b.Kind, b.Input })
	case run.StepCompleted:
		e.name = d.of(r.Call, "completed")
		err = told(r, d.completed)
	case run.StepFailed:
		e.name = d.of(r.Call, "failed")
		err = told(r, func(f run.Failure) { d.Kind, d.Usage, d.Error, d.ErrorCode = f.Kind, f.Usage, f.Message, f.Code })
	case run.StepRetrying:
		e.name = "node.retrying"
		err = told(r, func(t run.Retried) {
			d.Try, d.AfterMS, d.Error, d.Usage = t.Try+t.Throttled, t.AfterMS, t.Error, t.Usage
		})
	case run.Waiting:
		e.name = "run.waiting"
		err = told(r, d.asks)
	case run.Answered:
		e.name, d.Status = "node.progress", "answered"
		err = told(r, func(a run.Answer) { d.Decision, d.Output = a.Decision, a.Output })
	case run.LogLine:
		e.name = "log"
		err = told(r, func(l run.Line) { d.Level, d.Message, d.Done, d.Total = l.Level, l.Message, l.Done, l.Total })
		if d.Total > 0 {
			e.name = "node.progress"
		}
	default:
		return event{}, false, nil
	}
	return e, true, err
}

// of names what became of a step: of a node, of a tool that it called, or of
// another call inside it, which is the node's progress.
func (d *eventDocument) of(call, outcome string) string {
	switch {
	case call == "":
		return "node." + outcome
	case !strings.HasPrefix(call, "tool:"):
		d.Status = outcome
		return "node.progress"
	case outcome == "started":
		return "tool.called"
	}
	d.Status = outcome
	return "tool.returned"
}

func (d *eventDocument) asks(a run.Ask) {
	d.Reason, d.Ask = a.Reason, &a.ID
	if q, err := question.Of(a.Question); err == nil {
		d.Message = q.Text
	}
}

func (d *eventDocument) completed(c run.Completed) {
	d.Kind, d.Output, d.Variables, d.Usage, d.Warnings = c.Kind, c.Output, c.Vars, c.Usage, c.Warnings
	if c.Failure != nil {
		d.Error, d.ErrorCode = c.Failure.Message, c.Failure.Code
	}
}

// told reads a record's data; a record may have none.
func told[T any](r run.Record, hear func(T)) error {
	var data T
	if len(r.Data) > 0 {
		if err := json.Unmarshal(r.Data, &data); err != nil {
			return err
		}
	}
	hear(data)
	return nil
}
