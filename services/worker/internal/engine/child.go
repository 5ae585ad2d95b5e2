package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// child starts a run of another graph, once for each step, and is its response.
// The ask and the child are stored together: no crash leaves one without the
// other. While the child goes on, the run waits and holds nothing.
func (x *Executor) child(ctx context.Context, a *activity, call string, c node.Child) (json.RawMessage, error) {
	s := a.inside(call)
	if _, asked := found(x.Journal, s, (*run.State).Asked); !asked {
		if err := x.bear(ctx, a, s, c); err != nil {
			return nil, err
		}
	}
	answer, err := x.await(s)
	if err != nil {
		return nil, err
	}
	return returned(c.Graph, answer)
}

// bear asks for the end of a child that begins with the ask.
func (x *Executor) bear(ctx context.Context, a *activity, s run.Step, c node.Child) error {
	if x.Run.Cause.Depth >= run.MaxDepth {
		return node.Permanent(run.LimitExceeded, fmt.Sprintf("graphs may start each other at most %d deep, and %q would be one more", run.MaxDepth, c.Graph))
	}
	callee, err := x.World.Callee(ctx, c.Graph, c.Build)
	switch {
	case errors.Is(err, fault.NotFound), errors.Is(err, fault.NoBuild):
		return node.Permanent(run.NoBuild, err.Error())
	case err != nil:
		return &Over{cause(ctx, err)}
	}
	// Without its message and variables, which stand in its row, it is also
	// what others are told that the run waits for.
	child := run.Child{Callee: callee, Depth: x.Run.Cause.Depth + 1, Limit: a.limit()}
	if before, ok := x.Plan.Before(a.node.ID); ok && !a.called {
		child.Spare = before
	}
	if id, of, ok := x.Kept.Child(s); ok {
		child.Callee, child.ReplayOf = of, id.String()
	}
	question, err := json.Marshal(child)
	if err != nil {
		return err
	}
	child.Message = c.Message
	if child.UserVariables, err = encoded(c.Variables); err != nil {
		return node.Permanent(run.NodeFailed, err.Error())
	}
	_, err = x.ask(ctx, s, func() (run.Ask, error) {
		return run.Ask{Reason: run.ForChild, Question: question, Child: &child}, nil
	})
	return err
}

// returned reads what a child came to.
func returned(name string, a run.Answer) (json.RawMessage, error) {
	var r run.Returned
	if err := json.Unmarshal(a.Output, &r); err != nil {
		return nil, fmt.Errorf("read what graph %s returned: %w", name, err)
	}
	switch r.Status {
	case run.StatusCompleted:
		return r.Response, nil
	case run.StatusCancelled:
		return nil, &node.Error{Code: run.NodeFailed, Message: fmt.Sprintf("graph %s was cancelled", name)}
	}
	return nil, &node.Error{Code: r.ErrorCode, Message: fmt.Sprintf("graph %s failed: %s", name, r.Error)}
}
