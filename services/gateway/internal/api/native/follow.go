package native

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// follower reads a run's events from wherever its caller stands.
type follower struct {
	call *api.Call
	run  uuid.UUID
	// after is the last event that the caller saw, read the last record that was
	// looked at.
	after place
	read  int
	paths paths
	// types are the only ones to tell beside the run's end; empty tells all.
	types []string
}

func newFollower(c *api.Call, id uuid.UUID, after place, types []string) *follower {
	// The record that the last event came from may have led to more of them.
	return &follower{call: c, run: id, after: after, read: max(after.seq-1, 0), types: types}
}

// eventRead is how many records a live view reads at a time.
const eventRead = 100

// look reads what comes next, at most a page at a time. The row is read first:
// when it says that the run is over, the journal is whole. A look that fails
// changes nothing, and the next one tells the same.
func (f *follower) look(ctx context.Context) (news, error) {
	r, err := f.call.Store.Run(ctx, f.run)
	if err != nil {
		return news{}, err
	}
	records, err := f.call.Store.Journal(ctx, f.run, f.read, eventRead)
	if err != nil {
		return news{}, err
	}
	more := len(records) == eventRead
	now := news{more: more, over: r.Status.Terminal() && !more}
	last := f.read
	switch {
	case len(records) > 0:
		last = records[len(records)-1].Seq
	case now.over:
		if last, err = lastRecord(ctx, f.call, f.run); err != nil {
			return news{}, err
		}
	}
	paths := f.paths.clone()
	events, err := eventsOf(ctx, f.call, r, records, &paths)
	if err != nil {
		return news{}, err
	}
	if now.over {
		events = append(events, endOf(r, last))
	}
	seen := f.after
	f.paths, f.read = paths, max(f.read, last)
	if end := events[len(events)-1].place(); end.after(f.after) {
		f.after = end
	}
	now.events = slices.DeleteFunc(events, func(e event) bool { return !e.place().after(seen) || !f.wants(e) })
	return now, nil
}

// eventsOf are the event of the acceptance and those of records.
func eventsOf(ctx context.Context, c *api.Call, r run.Run, records []run.Record, p *paths) ([]event, error) {
	events := []event{acceptedOf(r)}
	for _, record := range records {
		e, known, err := eventOf(r.ID, record)
		if err != nil {
			return nil, err
		}
		if known {
			events = append(events, e)
		}
		skipped, err := p.follow(ctx, c, r, record)
		if err != nil {
			return nil, err
		}
		for i, n := range skipped {
			events = append(events, skippedOf(r.ID, record, i+1, n))
		}
	}
	return events, nil
}

func (f *follower) wants(e event) bool {
	return len(f.types) == 0 || slices.Contains(f.types, e.name) || slices.Contains(ends, e.name)
}

func lastRecord(ctx context.Context, c *api.Call, id uuid.UUID) (int, error) {
	last, err := c.Store.LastLogs(ctx, id, 1)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].Seq, nil
}
