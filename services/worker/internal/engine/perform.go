package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/term"
)

// activity is a node about to be performed as a step: by the walk, or by an
// agent that calls it with arguments.
type activity struct {
	step   run.Step
	node   graph.Node
	traits node.Traits
	memo   *graph.Memo // nil of a node that the graph has not
	args   any
	// more are names that the step may use beside those of its run.
	more expr.Scope
	// called says that an agent or a map called the node: it decides no edges,
	// and captures only what its capture says.
	called bool
	// saw is what the node said that it works on.
	saw json.RawMessage
}

// stepFailed is the end of a step that the journal already holds.
type stepFailed struct{ run.Failure }

func (f *stepFailed) Error() string { return f.Message }

// perform runs a step to its end, unless the journal already holds that end:
// retries with back-off, asks a person about an unknown outcome, and journals
// whatever happens.
func (x *Executor) perform(ctx context.Context, a *activity) (json.RawMessage, error) {
	if out, ended, err := x.recall(ctx, a); ended {
		return out, err
	}
	for {
		if late := x.late(a); late != nil {
			return nil, x.fail(ctx, a, *late)
		}
		if err := x.begin(ctx, a); err != nil {
			return nil, err
		}
		out, ends, err := x.try(ctx, a)
		if err == nil {
			return x.complete(ctx, a, out, ends)
		}
		if ofAttempt(ctx, err) {
			return nil, cause(ctx, err)
		}
		pause, err := x.failed(ctx, a, err)
		if err != nil {
			return nil, err
		}
		if err := x.rest(ctx, a, pause); err != nil {
			return nil, err
		}
	}
}

// recall finds the end of a step in the journal, or makes it from a person's
// answer; without either it says whether the step may be tried.
func (x *Executor) recall(ctx context.Context, a *activity) (out json.RawMessage, ended bool, err error) {
	if out, done := x.done(a.step); done {
		return out, true, nil
	}
	if f, failed := x.failure(a.step); failed {
		return nil, true, &stepFailed{f}
	}
	if out, ended, err := x.adopt(ctx, a); ended {
		return out, true, err
	}
	if x.rests(a.step) {
		return nil, true, &Pause{a.step, run.ForTimer}
	}
	if a.repeat() != graph.RepeatNever || !x.uncertain(a.step) {
		return nil, false, nil
	}
	answer, answered := x.answer(a.step)
	switch {
	case !answered:
		return nil, true, x.doubt(ctx, a)
	case answer.Decision == run.Happened:
		out, err := x.complete(ctx, a, output{raw: gave(answer)}, false)
		return out, true, err
	case answer.Decision == run.GiveUp:
		return nil, true, x.fail(ctx, a, run.Failure{Code: run.Rejected, Message: "a person ended the run: the outcome of " + a.node.ID + " was unknown"})
	}
	return nil, false, nil
}

// begin journals that the step starts. Pure nodes of the graph leave that out:
// they are repeated unharmed and their result says it all. One that is called
// counts as a call, so its beginning is noted.
func (x *Executor) begin(ctx context.Context, a *activity) error {
	if err := x.Fence(ctx); err != nil {
		return &Over{cause(ctx, err)}
	}
	begun := run.Begun{Kind: a.node.Kind, Reserved: x.price(a)}
	if a.args != nil {
		var err error
		if begun.Input, err = json.Marshal(a.args); err != nil {
			return err
		}
	}
	allowed := func(s *run.State) error {
		if begun.Reserved == nil {
			return nil
		}
		refusal, _ := room(s, a.step, *begun.Reserved, x.Plan.Graph.Limit())
		return refusal
	}
	switch pure := a.traits.Pure; {
	case pure && a.called:
		return x.Journal.NoteIf(allowed, run.StepStarted, a.step, begun)
	case pure:
		return nil
	}
	return x.Journal.AppendIf(ctx, allowed, run.StepStarted, a.step, begun)
}

var errTimeout = errors.New("the node's time is over")

// try runs the node once, within its time; ends says that the run is complete
// with it. A panic is a failure of the node, not of the worker.
func (x *Executor) try(ctx context.Context, a *activity) (out output, ends bool, err error) {
	limit := a.limit()
	within := term.Within(ctx, limit, errTimeout)
	defer within.End()
	ctx, cancel := x.stopping(within, a)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			x.Log.ErrorContext(ctx, "a node panicked", "run", x.Run.ID, "node", a.node.ID, "kind", a.node.Kind, "stack", string(debug.Stack()))
			err = &node.Error{Code: run.InternalError, Message: "the node stopped by a mistake of ours", Unknown: true}
		}
	}()
	value, err := x.Kinds[a.node.Kind].Run(ctx, x.input(ctx, a))
	if err != nil {
		switch context.Cause(ctx) {
		case errSoon:
			err = x.interrupted(a, value)
		case errTimeout:
			err = &node.Error{Code: run.NodeFailed, Message: fmt.Sprintf("%s timed out after %s", a.node.ID, limit), Unknown: true}
		}
		return out, false, err
	}
	if end, ok := value.(node.End); ok {
		value, ends = end.Output, !a.called
	}
	if out, err = x.written(value); err == nil && len(out.raw) > maxOutput {
		err = node.Permanent(run.LimitExceeded, fmt.Sprintf("the output of %s has %d bytes; at most %d are kept", a.node.ID, len(out.raw), maxOutput))
	}
	return out, ends, err
}

// failed decides what a failed try means and journals it: the pause before the
// next try, a question for a person, or the end of the step.
func (x *Executor) failed(ctx context.Context, a *activity, err error) (time.Duration, error) {
	e := node.Failed(err)
	if e.Unknown && a.repeat() == graph.RepeatNever {
		return 0, x.doubt(ctx, a)
	}
	if e.Throttled && ask(x.Journal, func(s *run.State) int { return s.Throttled(a.step) }) < maxThrottled {
		return x.throttled(ctx, a, e)
	}
	tries := ask(x.Journal, func(s *run.State) int { return s.Tries(a.step) }) + 1
	if e.Permanent || tries > a.retries() {
		return 0, x.fail(ctx, a, run.Failure{Code: e.Code, Message: e.Message, Kind: a.node.Kind, Partial: e.Partial})
	}
	pause := max(backoff(a.node.Retry, tries), e.After)
	return pause, x.Journal.Append(ctx, run.StepRetrying, a.step, run.Retried{
		Try: tries, Error: e.Message, AfterMS: pause.Milliseconds(), Usage: x.price(a),
	})
}

// fail journals the end of a step that failed and returns it.
func (x *Executor) fail(ctx context.Context, a *activity, f run.Failure) error {
	f.Usage, f.Input = x.price(a), a.saw
	if !a.called {
		var failure *run.Failure
		if f.Edges, failure = x.caught(ctx, a, f); failure != nil {
			f = *failure
			f.Input = a.saw
		}
	}
	if err := x.withdraw(a.step); err != nil {
		return err
	}
	if err := x.Journal.Append(ctx, run.StepFailed, a.step, f); err != nil {
		return err
	}
	return &stepFailed{f}
}

// complete journals the result of a step. A pure one waits for company.
func (x *Executor) complete(ctx context.Context, a *activity, out output, ends bool) (json.RawMessage, error) {
	if a.called {
		return x.completeCall(ctx, a, out)
	}
	var c run.Completed
	if ends {
		c = x.capturing(ctx, a, out)
		c.Ends = c.Failure == nil
	} else {
		c = x.conclude(ctx, a, out)
	}
	c.Input = a.saw
	if a.traits.Pure {
		return out.raw, x.Journal.Note(run.StepCompleted, a.step, c)
	}
	return out.raw, x.Journal.Append(ctx, run.StepCompleted, a.step, c)
}

// completeCall journals the result of a call. One whose capture does not work
// ends the run, and with it whatever is under way.
func (x *Executor) completeCall(ctx context.Context, a *activity, out output) (json.RawMessage, error) {
	c := run.Completed{Output: out.raw, Kind: a.node.Kind}
	if len(a.node.Capture) > 0 { // most calls capture nothing
		c = x.capturing(ctx, a, out)
	}
	c.Usage, c.Input = x.price(a), a.saw
	if err := x.Journal.Append(ctx, run.StepCompleted, a.step, c); err != nil {
		return nil, err
	}
	if c.Failure != nil {
		x.stop(errOver)
		return nil, errOver
	}
	return out.raw, nil
}

// price is what a try costs in calls: the tools that an agent calls are
// counted, also when they fail.
func (x *Executor) price(a *activity) *run.Usage {
	if !a.called {
		return nil
	}
	return &run.Usage{ToolCalls: 1}
}

const maxOutput = 1 << 20

// ofAttempt says that an error belongs to the attempt and not to the node.
func ofAttempt(ctx context.Context, err error) bool {
	var pause *Pause
	var over *Over
	return ctx.Err() != nil || errors.As(err, &pause) || errors.As(err, &over)
}

// Over ends an attempt, not its run: the fence fell, the worker drains, or the
// journal could not be written.
type Over struct{ Cause error }

func (o *Over) Error() string { return "the attempt is over: " + o.Cause.Error() }

// Unwrap gives the cause.
func (o *Over) Unwrap() error { return o.Cause }

// cause is why an attempt ends: what cancelled its context, else the error.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
