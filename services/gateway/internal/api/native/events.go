package native

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// eventsQuery is where a stream begins.
type eventsQuery struct {
	Since string   `query:"since" doc:"The id of the last event that was seen, as Last-Event-ID, for callers who cannot send that."`
	Types []string `query:"types" doc:"Only events of these types, with commas between them, and always the run's end."`
}

var eventsDoc = api.Doc{
	ID: "streamEvents", Summary: "Watch a run live", Query: eventsQuery{}, Hears: []api.Header{api.LastEventID},
	Detail: "Server-sent events from the first one, or behind the one that was seen last, to the run's end. `id` is the event's `seq`, with `.1`, `.2` behind it where one record leads to several, " +
		"`event` one of `run.accepted`, `run.started`, `run.resumed`, `node.started`, `node.progress`, `tool.called`, `tool.returned`, " +
		"`node.completed`, `node.failed`, `node.retrying`, `node.skipped` (no way leads to it any more), `run.waiting`, `run.completed`, `run.failed`, `run.cancelled`, `log`, `model.delta` (a piece of what a model is writing: it is not kept and has no id), " +
		"`data` one JSON object. Lines that begin with a colon keep the connection alive. The stream ends after the run's end; whoever saw that is answered 204. " +
		"All of a run's events can be read for as long as the run itself.",
	Gives:   api.Gives{http.StatusOK: api.Stream{ContentType: "text/event-stream", Of: eventDocument{}}, http.StatusNoContent: nil},
	Refuses: []fault.Code{fault.UnknownField},
}

// events shows a run live, from its first event or behind the one that the
// caller saw last, to its end. Whoever saw the end hears 204, which tells a
// browser not to come again.
func (n Native) events(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, eventsQuery{}); err != nil {
		return 0, nil, err
	}
	after, err := lastSeen(c)
	if err != nil {
		return 0, nil, err
	}
	types, err := typesOf(c)
	if err != nil {
		return 0, nil, err
	}
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	f := newFollower(c, r.ID, after, types)
	first, err := f.look(ctx)
	switch {
	case err != nil:
		return 0, nil, err
	case first.over && len(first.events) == 0:
		return http.StatusNoContent, nil, nil
	}
	watch, err := n.Room.Watch(c.Workspace.ID, r.ID)
	if err != nil {
		return 0, nil, err
	}
	t := &tail{look: f.look, welcome: n.welcome(c), watch: watch, patience: n.Patience, hears: f.wants(event{name: delta}), now: n.Now, seq: after.seq}
	return http.StatusOK, api.Stream{
		ContentType: "text/event-stream",
		Send: func(ctx context.Context, w io.Writer) {
			defer watch.Leave()
			t.send(ctx, w, first)
		},
	}, nil
}

// typesOf are the types of events that the caller wants to hear of.
func typesOf(c *api.Call) (types []string, err error) {
	for _, text := range c.Query()["types"] {
		for word := range strings.SplitSeq(text, ",") {
			if !slices.Contains(eventTypes, word) {
				return nil, one("types", "invalid", "types are "+strings.Join(eventTypes, ", "))
			}
			types = append(types, word)
		}
	}
	return types, nil
}

// welcome asks whether the call's key still opens the run: a live view may
// outlast it.
func (n Native) welcome(c *api.Call) func(context.Context) bool {
	return func(ctx context.Context) bool {
		k, err := c.Store.Key(ctx, c.Key.ID.String())
		if errors.Is(err, fault.NotFound) {
			return false
		}
		return err != nil || k.Live(n.Now()) // a database that is away revokes nothing
	}
}
