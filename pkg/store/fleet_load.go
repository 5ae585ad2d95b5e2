package store

import (
	"context"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
)

// Work is what a worker needs beside the run itself to move it forward.
type Work struct {
	// Plan is the definition of the run's build, with the ways through it. It is
	// shared between runs: nobody writes to it.
	Plan *graph.Plan
	// Journal is everything that earlier attempts recorded, in order.
	Journal []run.Record
	// Settled is what became of all that the run asked, recorded or not.
	Settled []run.Settled
	// Replays is the run that this one repeats from the middle; nil when it
	// begins at the start.
	Replays *Replayed
	Surroundings
}

// Load reads the work of a claimed run. A build that does not exist is
// fault.NotFound; a run to repeat that goes on, fault.Unavailable.
func (f Fleet) Load(ctx context.Context, c Claim) (w Work, err error) {
	r := c.Run
	t := f.s.In(r.Workspace)
	if w.Plan, err = t.plan(ctx, r.GraphID, r.Build); err != nil {
		return w, err
	}
	if w.Surroundings, err = f.around(ctx, c); err != nil {
		return w, translate(err)
	}
	if w.Replays, err = t.replayed(ctx, r); err != nil {
		return w, err
	}
	// Only a claim begins a journal, so the first attempt has no past.
	if r.Epoch == 1 {
		return w, nil
	}
	if w.Journal, err = t.past(ctx, r); err != nil {
		return w, err
	}
	w.Settled, err = t.settled(ctx, r)
	return w, err
}

// past reads the whole journal of a run, with all that is kept apart.
func (t Tenant) past(ctx context.Context, r run.Run) (all []run.Record, err error) {
	const part = 1000
	for after := 0; ; {
		records, err := t.Journal(ctx, r.ID, after, part)
		if err != nil {
			return nil, err
		}
		if records, err = t.Whole(ctx, r.ID, records); err != nil {
			return nil, err
		}
		all = append(all, records...)
		if len(records) < part {
			return all, nil
		}
		after = records[len(records)-1].Seq
	}
}
