package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// A node with an edge for the deadline is stopped when that much time is left,
// and the run goes on along the edge: it can still write down what it has. What
// must not be repeated is not stopped while it is under way, because nobody would
// know whether it happened; it is only not begun any more.

var errSoon = errors.New("the run's time is nearly over")

// left is how long a node may go on before it is stopped; ok is false when it may
// as long as the run.
func (x *Executor) left(a *activity) (d time.Duration, ok bool) {
	if a.called {
		return 0, false
	}
	before, ok := x.Plan.Before(a.node.ID)
	return x.Deadline.Add(-before).Sub(x.Now()), ok
}

// late is the failure of a node that is not begun any more, or nil.
func (x *Executor) late(a *activity) *run.Failure {
	if left, ok := x.left(a); !ok || left > 0 {
		return nil
	}
	f := x.stopped(a)
	return &f
}

// stopping ends the context of a node that is to be stopped.
func (x *Executor) stopping(ctx context.Context, a *activity) (context.Context, context.CancelFunc) {
	left, ok := x.left(a)
	if !ok || a.repeat() == graph.RepeatNever {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, left, errSoon)
}

func (x *Executor) stopped(a *activity) run.Failure {
	left := max(x.Deadline.Sub(x.Now()), 0).Round(time.Second)
	return run.Failure{Code: run.DeadlineExceeded, Message: fmt.Sprintf("%s was stopped: the run ends in %s", a.node.ID, left), Kind: a.node.Kind}
}

// interrupted is the failure of a node that was stopped, with what it had by
// then.
func (x *Executor) interrupted(a *activity, partial any) error {
	f := x.stopped(a)
	e := &node.Error{Code: f.Code, Message: f.Message, Permanent: true}
	if raw, err := json.Marshal(partial); err == nil && partial != nil && len(raw) <= maxOutput {
		e.Partial = x.Journal.hide.Document(raw)
	}
	return e
}

// endsFor are the ends of a node that a failure may be caught by, in order.
func (x *Executor) endsFor(a *activity, f run.Failure) []string {
	if left, ok := x.left(a); ok && left <= 0 && f.Code == run.DeadlineExceeded {
		return []string{graph.OnDeadline, graph.OnError}
	}
	return []string{graph.OnError}
}
