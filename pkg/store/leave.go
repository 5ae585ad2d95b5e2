package store

import (
	"context"
	"fmt"

	"github.com/onsethq/onset/pkg/run"
)

// Finish writes the end of a run, with the last records of its journal, closes
// the attempt and gives the slot back. Fault: Fenced when the lease does not
// hold the run any more; the outcome is then to be dropped.
func (f Fleet) Finish(ctx context.Context, l run.Lease, o run.Outcome, records []run.Record) error {
	if !o.Status.Terminal() {
		return fmt.Errorf("finish run %s: %q is not an end", l.Run, o.Status)
	}
	e, err := endOf(o)
	if err != nil {
		return err
	}
	return f.leave(ctx, leaving{status: o.Status, end: e, attempt: attempt(o.Status)}, l, records)
}

// Release gives a run back untouched because its worker drains: it is queued
// again and the attempt does not count. Fault: Fenced.
func (f Fleet) Release(ctx context.Context, l run.Lease, records []run.Record) error {
	return f.leave(ctx, leaving{status: run.StatusPending, reason: run.WorkspaceCap, attempt: attemptReleased}, l, records)
}

// Wait puts a run aside until it is answered: its slot is given back and its
// deadline clock stands. heard is how many answers the attempt knows
// (Claim.Answers); if there are more by now, the run is queued again instead.
// Fault: Fenced.
func (f Fleet) Wait(ctx context.Context, l run.Lease, why run.Reason, heard int, records []run.Record) error {
	return f.leave(ctx, leaving{status: run.StatusWaiting, reason: why, heard: heard, attempt: attemptWaiting}, l, records)
}

func (f Fleet) leave(ctx context.Context, item leaving, l run.Lease, records []run.Record) error {
	var err error
	if item.entry, err = newEntry(l, records); err != nil {
		return err
	}
	if item.large() {
		if err := f.Append(ctx, l, records); err != nil {
			return err
		}
		item.records = nil
	}
	_, err = f.s.flush.leave.do(ctx, item)
	return f.s.judge(err)
}

// leaving is how an attempt lets its run go: with an end, back into the queue,
// or to wait.
type leaving struct {
	entry
	status  run.Status
	reason  run.Reason
	heard   int // of a run that is to wait: the answers that its attempt knows
	end     end
	attempt attempt
}

func (l leaving) size() int {
	n := l.entry.size() + len(l.end.message) + 256
	if l.end.response != nil {
		n += len(*l.end.response)
	}
	return n
}

// endOf is an outcome as the row keeps it.
func endOf(o run.Outcome) (end, error) {
	var e end
	switch o.Status {
	case run.StatusFailed:
		code := o.ErrorCode
		if code == "" {
			code = run.InternalError
		}
		e = failed(code, "%s", o.Error)
	case run.StatusCancelled:
		e = cancelled(o.Reason)
		e.message = o.Error
	default:
		e = end{status: o.Status}
	}
	if err := checkText("error", e.message); err != nil {
		return end{}, err
	}
	var err error
	if o.Usage != (run.Usage{}) { // else the row says so already
		if e.usage, err = jsonText("usage", o.Usage); err != nil {
			return end{}, err
		}
	}
	if o.Response == nil {
		return e, nil
	}
	response, err := jsonText("response", o.Response)
	e.response = &response
	return e, err
}

// leaveOutcome finds out whether an attempt has left its run the way it wanted.
func (s *Store) leaveOutcome(ctx context.Context, l leaving) (answer[none], bool, error) {
	var outcomes []attempt
	err := s.db.WithContext(ctx).Raw(`select outcome from attempts where run_id = ? and epoch = ?`, l.lease.Run, l.lease.Epoch).Scan(&outcomes).Error
	return answer[none]{}, err == nil && len(outcomes) == 1 && outcomes[0] == l.attempt, err
}

func (p plain) leave(ctx context.Context, items []leaving) (answers []answer[none], err error) {
	err = p.s.change(ctx, func(c *change) error {
		answers = make([]answer[none], len(items))
		held, err := c.held(ctx, column(items, func(l leaving) entry { return l.entry }))
		if err != nil {
			return err
		}
		for i, item := range items {
			l, ok := held[item.lease.Run]
			if !ok || !holds(l.epoch, item.lease) {
				answers[i] = fenced(item.lease)
				continue
			}
			delete(held, l.id)
			c.save(l, item.move(c.now, l))
			if err := c.record(item.lease, item.records); err != nil {
				return err
			}
		}
		return nil
	})
	return answers, err
}

// move is what becomes of the run.
func (l leaving) move(now stamp, held life) life {
	switch l.status {
	case run.StatusPending:
		return held.release(now)
	case run.StatusWaiting:
		return held.wait(now, l.reason, l.heard)
	default:
		return held.finish(now, l.end)
	}
}
