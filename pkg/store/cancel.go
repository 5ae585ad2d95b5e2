package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/run"
)

// Cancel asks a run of the workspace to end. One that nobody holds is cancelled
// at once; the worker of one that runs learns of the wish with its next
// heartbeat. What the run has started ends with it. Cancelling twice changes nothing. The run is returned as it is
// then, also with the fault AlreadyFinished. Fault: NotFound.
func (t Tenant) Cancel(ctx context.Context, id uuid.UUID, why run.Reason) (r run.Run, err error) {
	var refusal error
	err = t.change(ctx, func(c *change) error {
		before, err := c.own(ctx, t.ws, id)
		if err != nil {
			return err
		}
		after, finished := before.cancel(c.now, why)
		if refusal = finished; finished == nil {
			c.save(before, after)
			if err := c.cancelChildren(ctx, id); err != nil {
				return err
			}
			if after.status.Terminal() {
				if err := c.closeAsks(ctx, id); err != nil {
					return err
				}
			}
		}
		t.mark.Changed("run/"+id.String(), before.audited(), after.audited())
		r, err = c.run(ctx, id)
		return err
	})
	if err != nil {
		return run.Run{}, err
	}
	return r, refusal
}

// audited is what the audit log says of a run that somebody wants to end.
func (l life) audited() audit.Fields {
	return audit.Fields{"cancelled": l.cancelAt != nil || l.status == run.StatusCancelled}
}

// own locks a run of the workspace.
func (c *change) own(ctx context.Context, workspace, id uuid.UUID) (life, error) {
	lives, err := c.lives(ctx, `where id = $1 and workspace_id = $2`+c.wait, id, workspace)
	if err != nil {
		return life{}, err
	}
	if len(lives) == 0 {
		return life{}, noRun(id)
	}
	return lives[0], nil
}
