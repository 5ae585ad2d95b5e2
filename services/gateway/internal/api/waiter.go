package api

import (
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// Waiter keeps those callers waiting who prefer it.
type Waiter struct {
	Room *wait.Room
	// Most is how long anybody may wait; Patience bounds each look at the run.
	Most, Patience time.Duration
}

// Wait looks at a run until enough is true of it (nil: until it is over or waits
// for somebody), for as long as the caller prefers to wait, and says what it saw
// last. kept is false when the caller does not prefer to wait, when the
// workspace has as many waiting here as it may, or when nothing could be seen: a
// preference is then not honoured, which is no error.
func (w Waiter) Wait(c *Call, id uuid.UUID, look wait.Look, enough func(run.Run) bool) (last run.Run, kept bool) {
	limit, asked := c.Wait(w.Most)
	if !asked {
		return run.Run{}, false
	}
	last, seen, seated := w.Room.Held(c.Request.Context(), c.Workspace.ID, wait.Call{
		Run: id, Limit: limit, Patience: w.Patience, Look: look, Enough: enough,
	})
	if !seen || !seated {
		return run.Run{}, false
	}
	c.Waited(limit)
	return last, true
}
