package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Answer settles what a run of the workspace asked, and lets the run go on. The
// first answer wins: the fault of any later one is Conflict and names who was
// first. Both the ask and the run are returned as they are then. Faults:
// NotFound, Conflict, AlreadyFinished.
func (t Tenant) Answer(ctx context.Context, ask uuid.UUID, a run.Answer) (settled Ask, r run.Run, err error) {
	var refusal error
	err = t.change(ctx, func(c *change) error {
		found, err := c.asks(ctx, `where id = $1 and workspace_id = $2`, ask, t.ws)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "nothing was asked under the id %q", ask)
		}
		if found[0].Reason == run.ForChild {
			return fault.New(fault.Conflict, "only the end of run %q answers this: cancel that run, or let it end", ask)
		}
		before, err := c.own(ctx, t.ws, found[0].RunID)
		if err != nil {
			return err
		}
		if refusal, err = c.settleAsk(ctx, before, before, ask, AskAnswered, a); err != nil {
			return err
		}
		if refusal != nil {
			t.mark.Settle() // nothing was decided
		}
		if found, err = c.asks(ctx, `where id = $1`, ask); err != nil {
			return err
		}
		settled = found[0].noun()
		r, err = c.run(ctx, before.id)
		return err
	})
	if err == nil && refusal != nil {
		err = refused(settled, refusal)
	}
	return settled, r, err
}

// errSettled is what an ask says that somebody was faster to answer.
var errSettled = errors.New("it was settled before")

func refused(a Ask, why error) error {
	switch {
	case errors.Is(why, errSettled):
		return fault.New(fault.Conflict, "%s", a.Ended())
	case a.Status == AskAnswered:
		return fault.New(fault.AlreadyFinished, "%v; %s", why, a.Ended())
	}
	return why
}

// Ended says what a settled ask came to, to somebody who answers it too late:
// who was first, and when.
func (a Ask) Ended() string {
	at := a.SettledAt.Format(stampFormat)
	switch {
	case a.Status == AskExpired:
		return "nobody answered in time: it expired at " + at
	case a.Status == AskClosed:
		return "nobody waits for the answer any more, since " + at
	case a.Answer.Decision == run.Given:
		return fmt.Sprintf("it was answered by %s at %s", a.Answer.By, at)
	}
	return fmt.Sprintf("%s had decided %q at %s", a.Answer.By, a.Answer.Decision, at)
}

// settleAsk settles an open ask of a run whose row is locked, and lets the run
// go on if it waits: before is the row, of what the answer has made of it. One that executes meanwhile learns of it when it is about to wait.
func (c *change) settleAsk(ctx context.Context, before, of life, ask uuid.UUID, status AskStatus, a run.Answer) (refusal, err error) {
	if of.status.Terminal() {
		_, err := c.ExecContext(ctx, `update asks set status = $2, settled_at = $3 where id = $1 and status = 'open'`, ask, AskClosed, c.now)
		return fault.New(fault.AlreadyFinished, "run %q has already finished", of.id), err
	}
	by := a.By
	a.By = ""
	text, err := jsonText("answer", a)
	if err != nil {
		return nil, err
	}
	n, err := c.affect(ctx, `update asks set status = $2, answer = $3, answered_by = $4, settled_at = $5 where id = $1 and status = 'open'`,
		ask, status, text, by, c.now)
	if err != nil || n == 0 {
		return errSettled, err
	}
	c.save(before, of.answer(c.now))
	return nil, c.flush(ctx)
}

// asks reads rows of asks; tail is what follows "from asks".
func (c *change) asks(ctx context.Context, tail string, args ...any) ([]askRow, error) {
	rows, err := c.QueryContext(ctx, "select "+askColumns+" from asks "+tail, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*askRow).fields)
}
