package native

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// eventsQuery is where a stream begins.
type eventsQuery struct {
	Since string `query:"since" doc:"The id of the last event that was seen, as Last-Event-ID, for callers who cannot send that."`
}

var eventsDoc = api.Doc{
	ID: "streamEvents", Summary: "Watch a run live", Query: eventsQuery{}, Hears: []api.Header{api.LastEventID},
	Detail: "Server-sent events from the first one, or behind the one that was seen last, to the run's end. `id` is the event's `seq`, " +
		"`event` one of `run.accepted`, `run.started`, `run.resumed`, `node.started`, `node.progress`, `tool.called`, `tool.returned`, " +
		"`node.completed`, `node.failed`, `node.retrying`, `run.waiting`, `run.completed`, `run.failed`, `run.cancelled`, `log`, " +
		"`data` one JSON object. Lines that begin with a colon keep the connection alive. The stream ends after the run's end; whoever saw that is answered 204.",
	Gives: api.Gives{http.StatusOK: api.Stream{ContentType: "text/event-stream", Of: eventDocument{}}, http.StatusNoContent: nil},
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
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	look := n.newsOf(c, r.ID, after)
	first, err := look(ctx)
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
	t := tail{look: look, welcome: n.welcome(c), watch: watch, patience: n.Patience}
	return http.StatusOK, api.Stream{
		ContentType: "text/event-stream",
		Send: func(ctx context.Context, w io.Writer) {
			defer watch.Leave()
			t.send(ctx, w, first)
		},
	}, nil
}

// beginning is before every event: run.accepted has the id 0.
const beginning = -1

// lastSeen is the id of the event that the caller saw last. A browser that
// comes again repeats its URL, so the header counts more than the parameter.
func lastSeen(c *api.Call) (int, error) {
	name, text := "Last-Event-ID", c.Request.Header.Get("Last-Event-ID")
	if text == "" {
		name, text = "since", c.Query().Get("since")
	}
	if text == "" {
		return beginning, nil
	}
	seq, err := strconv.ParseInt(text, 10, 32)
	if err != nil || seq < 0 {
		return 0, one(name, "invalid", name+" is the id of an event, a whole number from 0")
	}
	return int(seq), nil
}

// newsOf reads what comes behind after, at most a page at a time. The row is
// read first: when it says that the run is over, the journal is whole.
func (n Native) newsOf(c *api.Call, id uuid.UUID, after int) look {
	return func(ctx context.Context) (news, error) {
		r, err := c.Store.Run(ctx, id)
		if err != nil {
			return news{}, err
		}
		records, err := c.Store.Journal(ctx, id, max(after, 0), eventRead)
		if err != nil {
			return news{}, err
		}
		more := len(records) == eventRead
		over := r.Status.Terminal() && !more
		seq := after
		switch {
		case len(records) > 0:
			seq = records[len(records)-1].Seq
		case over:
			if seq, err = lastRecord(ctx, c, id); err != nil {
				return news{}, err
			}
		}
		events, err := eventsOf(r, records, seq, after, over)
		if err != nil {
			return news{}, err
		}
		after = max(after, seq, 0)
		return news{events: events, more: more, over: over}, nil
	}
}

// eventRead is how many records a live view reads at a time.
const eventRead = 100

// eventsOf are the events behind after: that of the acceptance, those of the
// records, and the end when the run is over; seq is the last record's.
func eventsOf(r run.Run, records []run.Record, seq, after int, over bool) (events []event, err error) {
	if after == beginning {
		events = append(events, acceptedOf(r))
	}
	for _, record := range records {
		e, known, err := eventOf(r.ID, record)
		if err != nil {
			return nil, err
		}
		if known {
			events = append(events, e)
		}
	}
	if over && seq+1 > after {
		events = append(events, endOf(r, seq))
	}
	return events, nil
}

func lastRecord(ctx context.Context, c *api.Call, id uuid.UUID) (int, error) {
	last, err := c.Store.LastLogs(ctx, id, 1)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].Seq, nil
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
