package engine

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trouble"
)

// beat renews the leases of all runs until ctx ends. A beat that fails ends
// nothing: only the fence, which looks at the last good one, may stop a step.
func (w *Worker) beat(ctx context.Context) {
	renewing := trouble.Teller{Log: w.Log, What: "renew leases"}
	tick := time.NewTicker(w.Terms.Beat())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if held := w.holds.list(); len(held) > 0 {
				renewing.Tell(ctx, w.beatOnce(ctx, held))
			}
		}
	}
}

func (w *Worker) beatOnce(ctx context.Context, held []*hold) error {
	leases := make([]run.Lease, len(held))
	for i, h := range held {
		leases[i] = h.lease
	}
	ctx, cancel := context.WithTimeout(ctx, w.Terms.Fence()/2)
	defer cancel()
	asked := w.Now()
	beats, err := w.Store.Beat(ctx, leases)
	if err != nil {
		w.Meter.Missed.Inc()
		return err
	}
	for _, h := range held {
		b, ours := beats[h.lease.Run]
		switch {
		case !ours:
			// The row may also have just been finished by ourselves; then
			// nobody listens any more.
			h.lose(errLost)
		case b.Cancel:
			h.beat(asked)
			h.cancelled(b.CancelReason)
		default:
			h.beat(asked)
		}
	}
	return nil
}

// fence is asked before every node and every call. A worker that was stopped,
// or cannot reach the database, does not know whether the run is still its own:
// it waits until a beat says so, and a lost lease ends the attempt instead.
func (w *Worker) fence(ctx context.Context, h *hold) error { return w.sure(ctx, h, w.drains) }

// sure waits until the lease is known to be ours, or for an end.
func (w *Worker) sure(ctx context.Context, h *hold, drains <-chan struct{}) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		select {
		case <-drains:
			return errDrain
		default:
		}
		fresh, beaten := h.fresh(w.Now(), w.Terms.Fence())
		if fresh {
			return nil
		}
		w.Meter.Fenced.Inc()
		select {
		case <-beaten:
		case <-drains:
		case <-ctx.Done():
		}
	}
}
