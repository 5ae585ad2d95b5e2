package api

import (
	"context"
	"log/slog"
	"strings"

	"github.com/onsethq/onset/pkg/audit"
)

// do calls the route's handler. It is the one place where the audit log is
// thought of: a route that has a name there gives its handler a store that
// records what it changes in the same transaction, and what was changed in
// another way is recorded right behind.
func (a *API) do(ctx context.Context, c *Call, r *Route) (status int, body any, err error) {
	if r.Audit == "" {
		return r.Do(ctx, c)
	}
	c.mark = &audit.Mark{Entry: audit.Entry{
		Actor: c.By(), ActorID: c.Key.ID, Action: r.Audit, Object: c.object(r.Path),
		Address: c.Peer.String(), RequestID: c.ID,
	}}
	c.Store = c.Store.Audited(c.mark)
	if status, body, err = r.Do(ctx, c); err == nil {
		a.recordBehind(c)
	}
	return status, body, err
}

// recordBehind writes an entry of which no transaction took notice. The change
// is made and answered for, so that the entry is missing is ours to know.
func (a *API) recordBehind(c *Call) {
	if !c.mark.Open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), a.Patience)
	defer cancel()
	if err := c.Store.Record(ctx); err != nil {
		a.Metrics.missing.Inc()
		a.Log.ErrorContext(ctx, "cannot write the audit log", "workspace", c.Workspace.Name, "actor", c.mark.Entry.Actor,
			"action", c.mark.Entry.Action, "object", c.mark.Entry.Object, "request_id", c.ID, slog.Any("error", err))
	}
}

// Altered says what the call changes, for the audit log, where the store does not
// know it better: an object ("graph/hello") and its fields.
func (c *Call) Altered(object string, before, after audit.Fields) {
	c.mark.Changed(object, before, after)
}

// Unaltered says that the call changes nothing after all.
func (c *Call) Unaltered() { c.mark.Settle() }

// object is what a route's path names, for handlers that say nothing better.
func (c *Call) object(path string) string {
	var parts []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, param := strings.CutPrefix(segment, ":"); param && name != "workspace" {
			parts = append(parts, name, c.Param(name))
		}
	}
	return strings.Join(parts, "/")
}
