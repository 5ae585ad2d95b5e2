package engine

import (
	"context"
	"errors"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/term"
)

// settle writes what became of a run, with the records that were not stored
// yet, for as long as the lease may still be ours. It says whether that is
// written now.
func (w *Worker) settle(life context.Context, h *hold, c *claimed, v ruling, rest []run.Record) bool {
	id, epoch := h.lease.Run, h.lease.Epoch
	if v.broken != nil {
		w.Log.ErrorContext(life, "an attempt broke", "run", id, "epoch", epoch, "error", v.broken)
	}
	if v.newer != nil {
		w.Log.WarnContext(life, "a run is left to newer workers", "run", id, "epoch", epoch, "error", v.newer)
	}
	err := persist(life, func(ctx context.Context) error {
		switch {
		case v.outcome != nil:
			return w.Store.Finish(ctx, h.lease, *v.outcome, rest)
		case v.pause != nil:
			return w.Store.Wait(ctx, h.lease, v.pause.Reason, c.Answers, rest)
		case v.release:
			return w.Store.Release(ctx, h.lease, rest)
		case v.newer != nil:
			// Older workers shall not pass it round and round meanwhile.
			return w.Store.Postpone(ctx, h.lease, w.Terms.Beat())
		}
		return nil
	})
	switch {
	case errors.Is(err, fault.Fenced):
		w.Meter.Refused.Inc()
	case err != nil:
		w.Log.WarnContext(life, "cannot write the end of an attempt", "run", id, "epoch", epoch, "error", err)
		return false
	}
	// A slot of the workspace is free, and someone may wait for the answer.
	w.Bells.Knock()
	if !v.release && v.newer == nil {
		w.Bells.Announce(id)
	}
	return err == nil
}

// tell gives the end of a run on to the run that started it, and to those that
// it started itself and did not await. If the word is lost a sweep repeats it.
//
// The lease ended with the run, so a beat may call it lost meanwhile.
func (w *Worker) tell(life context.Context, c *claimed, parent bool) {
	if !parent && c.Run.Cause.ParentRun == "" {
		return
	}
	id := c.Run.ID
	ctx, cancel := context.WithTimeout(context.WithoutCancel(life), writePatience)
	defer cancel()
	var err error
	if parent {
		err = persist(ctx, func(ctx context.Context) error { return w.Store.CancelChildren(ctx, id) })
	}
	if c.Run.Cause.ParentRun != "" && err == nil {
		err = persist(ctx, func(ctx context.Context) error { return w.Store.Return(ctx, id) })
		w.Bells.Knock()
	}
	if err != nil {
		w.Log.WarnContext(life, "cannot tell related runs of an end", "run", id, "error", err)
	}
}

// durable is a journal's way to the store: an append waits out a database that
// is away for as long as the lease may still be ours, so a short outage costs
// no attempt.
type durable struct {
	*Worker
	hold *hold
	life context.Context
}

// Append ignores that the work was cancelled: a step that happened is written.
//
// A worker may be stopped between the write and its answer, for longer than the
// lease. So nobody acts on an answer before the lease is known to be ours, a
// draining worker included: the step whose beginning was written shall be done.
func (d durable) Append(_ context.Context, l run.Lease, records []run.Record) error {
	err := persist(d.life, func(ctx context.Context) error { return d.Store.Append(ctx, l, records) })
	if errors.Is(err, fault.Fenced) {
		d.Meter.Refused.Inc()
	}
	if err != nil {
		return err
	}
	d.Bells.News(l.Run)
	return d.sure(d.life, d.hold, nil)
}

// persist repeats a statement while the database is away and ctx lives.
func persist(ctx context.Context, do func(context.Context) error) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		try := term.Within(ctx, writePatience, nil)
		err := do(try)
		try.End()
		if !errors.Is(err, fault.Unavailable) {
			return err
		}
		if err := Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// writePatience bounds one statement; a database that does not answer is asked
// again.
const writePatience = 5 * time.Second
