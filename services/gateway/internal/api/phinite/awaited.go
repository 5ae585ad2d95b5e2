package phinite

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

func (p Phinite) waiter() api.Waiter {
	return api.Waiter{Room: p.Room, Most: p.Launcher.SyncLimit, Patience: p.Patience}
}

func looksAt(c *api.Call, id uuid.UUID) wait.Look {
	return func(ctx context.Context) (run.Run, error) { return c.Store.Run(ctx, id) }
}

// awaited answers a caller who has waited for a run, with the run as it was seen
// last.
func (p Phinite) awaited(c *api.Call, r run.Run) (int, any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), p.Patience)
	defer cancel()
	p.stands(c, r)
	return http.StatusOK, p.shape(ctx, c, r), nil
}

// stands tells in headers how a run stands, and where to ask while it goes on.
func (p Phinite) stands(c *api.Call, r run.Run) {
	c.Stands(r, p.Now())
	if r.Status.Terminal() {
		return
	}
	prefix, _, _ := strings.Cut(c.Request.URL.Path, "/trigger/")
	c.Header.Set("Location", prefix+"/trigger/status/"+c.Workspace.Name+"/"+r.ID.String())
}
