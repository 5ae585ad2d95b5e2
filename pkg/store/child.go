package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// A child is a run that a step of another run started. It is accepted in the
// transaction that writes down that the step waits for it, under the id of that
// ask, so there is one for each ask and none without.
//
// It takes a slot of its own when it executes, while its parent waits and holds
// none: a workspace with a single slot gets through any depth. It goes to the
// queue however long that is, because it was promised when its parent was
// accepted; and never past it, so no workspace exceeds its cap by nesting.

// begins accepts the child of a run whose row is locked.
func (c *change) begins(ctx context.Context, parent life, a run.Ask) error {
	of, err := c.run(ctx, parent.id)
	if err != nil {
		return err
	}
	item, err := newStarting(of.Workspace, childOf(of, a, c.now))
	if err != nil {
		return err
	}
	return c.begin(ctx, item, item.life(c.now))
}

// childOf is the start of a child: in the place of its parent, with the time
// that is left to it.
func childOf(parent run.Run, a run.Ask, now stamp) run.Start {
	left := time.Duration(0)
	if parent.DeadlineAt != nil {
		left = parent.DeadlineAt.Sub(now.Time)
	}
	variables := make(map[string]any, len(a.Child.UserVariables))
	for name, raw := range a.Child.UserVariables {
		variables[name] = raw
	}
	s := run.Start{
		Run: run.Run{
			ID: a.ID, GraphID: a.Child.GraphID, Graph: a.Child.Graph, Build: a.Child.Build,
			Environment: parent.Environment, Class: parent.Class, ThreadID: parent.ThreadID,
			Cause:   run.Cause{Kind: "graph", ParentRun: parent.ID.String(), Depth: a.Child.Depth, Foreign: parent.Cause.Foreign},
			Message: a.Child.Message, UserVariables: variables,
		},
		Limit: a.Child.Time(left),
	}
	if s.Run.Cause.ReplayOf = a.Child.ReplayOf; a.Child.ReplayOf != "" {
		s.Run.Cause.From = run.FromFailed
	}
	if parent.Class == run.Sync {
		s.Deadline = s.Limit // somebody waits on the line, also while it is queued
	}
	return s
}

// Callee finds the build that a graph node starts: the one that is named, or
// with 0 the one that is assigned to the run's environment. Faults: NotFound,
// NoBuild.
func (f Fleet) Callee(ctx context.Context, of run.Run, ref string, build int) (run.Callee, error) {
	t := f.s.In(of.Workspace)
	g, err := t.graph(t.db(ctx), ref)
	if err != nil {
		return run.Callee{}, translate(err)
	}
	if build == 0 {
		if build, err = t.standing(t.db(ctx), of.Environment, g.ID); err != nil {
			return run.Callee{}, translate(err)
		}
		if build == 0 {
			return run.Callee{}, fault.New(fault.NoBuild, "no build of graph %q is assigned to %s", g.Name, of.Environment)
		}
	}
	if _, err := t.Definition(ctx, g.ID, build); err != nil {
		return run.Callee{}, err
	}
	return run.Callee{GraphID: g.ID, Graph: g.Name, Build: build}, nil
}

// openChildren are the asks that wait for a child: a condition that an index has,
// word for word.
const openChildren = `status = 'open' and reason = 'child'`

// Return gives what a child came to to its parent, which goes on. A child that
// has not ended, and one whose parent knows, are left alone.
func (f Fleet) Return(ctx context.Context, child uuid.UUID) error {
	return f.s.change(ctx, func(c *change) error { return c.returns(ctx, child) })
}

func (c *change) returns(ctx context.Context, id uuid.UUID) error {
	found, err := c.asks(ctx, `where id = $1 and `+openChildren, id)
	if err != nil || len(found) == 0 {
		return err
	}
	parents, err := c.lives(ctx, `where id = $1`+c.wait, found[0].RunID)
	if err != nil || len(parents) == 0 {
		return err
	}
	children, err := c.lives(ctx, `where id = $1`, id)
	if err != nil || len(children) == 0 || !children[0].status.Terminal() {
		return err
	}
	a, err := returned(children[0])
	if err != nil {
		return err
	}
	_, err = c.settleAsk(ctx, parents[0], parents[0].spent(children[0], found[0].spare()), id, AskAnswered, a)
	return err // that the parent has ended meanwhile is no error
}

// returned is what a child that has ended gives to its parent.
func returned(l life) (run.Answer, error) {
	r := run.Returned{Status: l.status, Error: l.err}
	if l.errorCode != nil {
		r.ErrorCode = *l.errorCode
	}
	switch {
	case l.response == nil:
	case len(*l.response) > run.MaxResponse:
		r.Status, r.ErrorCode = run.StatusFailed, run.LimitExceeded
		r.Error = fmt.Sprintf("its response has %d bytes; at most %d are given on", len(*l.response), run.MaxResponse)
	default:
		r.Response = json.RawMessage(*l.response)
	}
	out, err := json.Marshal(r)
	return run.Answer{Decision: run.Given, Output: out}, err
}

// spare is what the parent of a child keeps for itself.
func (r askRow) spare() time.Duration {
	var c run.Child
	if r.Question == nil || json.Unmarshal(r.Question.V, &c) != nil {
		return 0
	}
	return c.Spare
}

// spent takes the time that a child executed from its parent, whose own clock
// stood: what the child left, and what the parent kept for itself, is what is
// left of both.
func (l life) spent(child life, spare time.Duration) life {
	if l.deadlineAt != nil {
		return l // its clock ran all the time
	}
	left := child.budgetMS
	if child.deadlineAt != nil {
		left = max(0, child.deadlineAt.Sub(child.finishedAt.Time).Milliseconds())
	}
	l.budgetMS = min(l.budgetMS, left+spare.Milliseconds())
	return l
}

// CancelChildren ends what runs of a run that has ended, or is to end, have
// started and what is not over yet, to every depth.
func (f Fleet) CancelChildren(ctx context.Context, parent uuid.UUID) error {
	return f.s.change(ctx, func(c *change) error { return c.cancelChildren(ctx, parent) })
}

// cancelChildren goes down from parent to child, in which direction runs are
// locked; the other way nobody holds a child while it locks the parent.
func (c *change) cancelChildren(ctx context.Context, parent uuid.UUID) error {
	children, err := c.asks(ctx, `where run_id = $1 and `+openChildren+` order by id`, parent)
	if err != nil {
		return err
	}
	for _, a := range children {
		lives, err := c.lives(ctx, `where id = $1`+c.wait, a.ID)
		if err != nil {
			return err
		}
		if len(lives) == 0 || lives[0].status.Terminal() {
			continue
		}
		if after, finished := lives[0].cancel(c.now, run.ParentEnded); finished == nil {
			c.save(lives[0], after)
		}
		if err := c.cancelChildren(ctx, a.ID); err != nil {
			return err
		}
	}
	return nil
}
