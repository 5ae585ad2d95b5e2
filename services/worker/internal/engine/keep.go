package engine

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// keep reads what a replay takes over. Run and journal of the first run do not
// change any more, so every attempt keeps the same.
func keep(r run.Run, of *store.Replayed, plan *graph.Plan) (*run.Kept, error) {
	if of == nil {
		return nil, nil
	}
	if of.Run.ID == uuid.Nil {
		return nil, node.Permanent(run.NodeFailed, "the run that is to be repeated does not exist any more")
	}
	kept, err := run.Keep(of.Journal, r.Cause.From, plan.Behind(r.Cause.From), of.Same(r))
	if err != nil {
		return nil, node.Permanent(run.NodeFailed, "the run cannot be repeated from there: "+err.Error())
	}
	return kept, nil
}

// adopt ends a step as it ended in the run that is replayed. Nothing is done and
// nothing is paid; what it captures and where it leads is decided anew, because
// the build may be another. A crash loses the record and nothing else.
func (x *Executor) adopt(ctx context.Context, a *activity) (out json.RawMessage, ended bool, err error) {
	if out, ok := x.Kept.Done(a.step, a.node.Kind); ok {
		return out, true, x.copied(ctx, a, out)
	}
	if f, ok := x.Kept.Failed(a.step); ok && !a.called {
		return nil, true, x.fail(ctx, a, run.Failure{Code: f.Code, Message: f.Message, Kind: f.Kind, Copied: true})
	}
	return nil, false, nil
}

// copied notes a result that was kept, behind what its calls set.
func (x *Executor) copied(ctx context.Context, a *activity, out json.RawMessage) error {
	for _, f := range x.Kept.Inside(a.step) {
		if err := x.copy(f.Step, run.Completed{Output: f.Output, Vars: f.Vars, Kind: f.Kind}); err != nil {
			return err
		}
	}
	if derived, ok := x.Kept.Derived(a.step); ok {
		s := a.inside(node.Derived)
		if err := x.copy(s, run.Completed{Output: derived, Kind: kindOf(s)}); err != nil {
			return err
		}
	}
	decided := x.conclude
	if a.called {
		decided = x.capturing
	}
	c := decided(ctx, a, output{raw: out})
	if err := x.copy(a.step, c); err != nil {
		return err
	}
	if a.called && c.Failure != nil {
		x.stop(errOver)
		return errOver
	}
	return nil
}

// copy notes a result of the run that is replayed, unless this run has it.
func (x *Executor) copy(s run.Step, c run.Completed) error {
	if _, done := x.done(s); done {
		return nil
	}
	c.Copied = true
	return x.Journal.Note(run.StepCompleted, s, c)
}
