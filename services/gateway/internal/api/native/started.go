package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// startGives is what a start that may be waited for answers.
var startGives = api.Gives{http.StatusOK: runDocument{}, http.StatusAccepted: runDocument{}}

// started answers a start with the run that it made, or that its key had made
// before: at once, or when it has ended to a caller who prefers to wait.
func (n Native) started(ctx context.Context, c *api.Call, a run.Accepted) (int, any, error) {
	if !a.Fresh {
		c.Header.Set("Idempotent-Replayed", "true")
	}
	if last, kept := n.waiter().Wait(c, a.Run, looksAt(c, a.Run), nil); kept {
		return n.awaited(c, last)
	}
	r, err := c.Store.Run(ctx, a.Run)
	if err != nil {
		return 0, nil, err
	}
	return n.goesOn(c, r)
}

// awaited answers a caller who has waited for the end: 200 is the end, and 202
// that there is none yet.
func (n Native) awaited(c *api.Call, r run.Run) (int, any, error) {
	if !r.Status.Terminal() {
		return n.goesOn(c, r)
	}
	return http.StatusOK, n.stands(c, r), nil
}

// goesOn is 202: the run is elsewhere, and says there how it stands.
func (n Native) goesOn(c *api.Call, r run.Run) (int, any, error) {
	c.Header.Set("Location", linksOf(r).Self)
	return http.StatusAccepted, n.stands(c, r), nil
}

// stands is a run's document, with the headers that go with it.
func (n Native) stands(c *api.Call, r run.Run) runDocument {
	c.Stands(r, n.Now())
	return n.runOf(r)
}

// blank is what callers should know of told.
const blank = " To a key without the scope run:read the answer shows how the run stands, and nothing of what it was told and said."

// told is a run's document for whoever has acted on it: what went in and came
// out is for those who may read runs.
func (n Native) told(c *api.Call, r run.Run) runDocument {
	if !c.Key.Allows(key.RunRead) {
		r.Message, r.UserVariables, r.Response, r.Error = "", nil, nil, ""
	}
	return n.stands(c, r)
}

func (n Native) waiter() api.Waiter {
	return api.Waiter{Room: n.Room, Most: n.Launcher.SyncLimit, Patience: n.Patience}
}

func looksAt(c *api.Call, id uuid.UUID) wait.Look {
	return func(ctx context.Context) (run.Run, error) { return c.Store.Run(ctx, id) }
}
