package store

import (
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// turn is the distance between two turns of one workspace. A run that is the
// nth admitted of its workspace gets its turn n turns from now, and claims go
// by turn: a workspace with five hundred admitted runs stands in line with its
// first few, so one with a single run is served next, and yet nobody is
// overtaken for ever, because a turn never moves and later ones are later.
const turn = 50 * time.Millisecond

// admit reserves a slot for a pending run; place is its number among the
// admitted runs of its workspace. Whoever admits also rings.
func (l life) admit(now stamp, place int) life {
	l.admitEpoch = l.epoch
	l.reason = run.Queued
	l.turnAt = now.plus(time.Duration(place) * turn)
	l.bellSeq = 0
	return l.ring(now)
}

// ring notes that the bell rings now and when it will ring again if nobody
// claims the run.
func (l life) ring(now stamp) life {
	l.bellSeq++
	again := now.plus(patience(l.bellSeq))
	l.bellAt = &again
	return l
}

const (
	firstPatience = 30 * time.Second
	lastPatience  = 10 * time.Minute
)

// patience is how long the nth bell is given before the next.
func patience(n int) time.Duration {
	p := firstPatience
	for range n - 1 {
		p = min(2*p, lastPatience)
	}
	return p
}

// claim gives the run to a worker for one lease. The deadline clock starts with
// the first claim; a run that has waited brings the rest of its budget.
func (l life) claim(now stamp, worker string, lease time.Duration) life {
	l.status, l.reason = run.StatusRunning, ""
	l.epoch++
	l.attempts++
	l.worker = &worker
	until := now.plus(lease)
	l.leaseUntil = &until
	if l.startedAt == nil {
		l.startedAt = &now
	}
	if l.deadlineAt == nil {
		deadline := now.plus(time.Duration(l.budgetMS) * time.Millisecond)
		l.deadlineAt = &deadline
	}
	return l
}

// finish writes the end that a worker reports. A result that arrives before the
// wish to cancel was seen stays a result.
func (l life) finish(now stamp, e end) life {
	l.attempt = attempt(e.status)
	return l.ended(now, e)
}

// release gives a run back untouched: the worker drains, so the attempt does
// not count.
func (l life) release(now stamp) life {
	l.attempts--
	l.attempt = attemptReleased
	return l.requeued(now, run.WorkspaceCap)
}

// postpone is a release after which nobody takes the run for a while.
func (l life) postpone(now stamp, pause time.Duration) life {
	l = l.release(now)
	l.reason, l.nextAt = run.Backoff, now.plus(pause)
	return l
}

// wait puts a run aside until somebody answers. Its deadline clock stands.
// heard is how many answers the attempt knows: when there are more, the run goes
// on instead.
func (l life) wait(now stamp, why run.Reason, heard int) life {
	if l.answers > heard {
		return l.requeued(now, run.WorkspaceCap).waited(now)
	}
	l.status, l.reason = run.StatusWaiting, why
	l.worker, l.leaseUntil = nil, nil
	return l.waited(now)
}

// waited ends an attempt that had nothing left to do, and stops the clock.
func (l life) waited(now stamp) life {
	l.attempt = attemptWaiting
	if l.deadlineAt != nil {
		l.budgetMS = max(0, l.deadlineAt.Sub(now.Time).Milliseconds())
		l.deadlineAt = nil
	}
	return l
}

// answer puts a waiting run back in line; another one only counts it.
func (l life) answer(now stamp) life {
	l.answers++
	if l.status != run.StatusWaiting {
		return l
	}
	return l.requeued(now, run.WorkspaceCap)
}

// lost decides what becomes of a run whose lease ended without a word.
// progressed says that the attempt had completed a step.
func (l life) lost(now stamp, progressed bool) life {
	l.attempt = attemptLost
	l.crashes++
	if progressed {
		l.crashes = 0
	}
	pause, again := run.CrashBackoff(l.crashes)
	switch {
	case l.cancelAt != nil:
		return l.ended(now, cancelled(l.cancelReason))
	case l.deadlineAt.past(now):
		return l.ended(now, l.timedOut())
	case !again:
		return l.ended(now, failed(run.LostWorker, "the worker was lost %d times in a row without completing a step", l.crashes))
	default:
		return l.requeued(now.plus(pause), run.WorkerLost)
	}
}

// overdue ends a run that outlived its deadline by the grace, whatever its
// worker still does.
func (l life) overdue(now stamp) life {
	e := l.timedOut()
	l.attempt = attempt(e.status)
	return l.ended(now, e)
}

// expire ends a pending run whose time is over; ok is false when it may wait on.
func (l life) expire(now stamp) (_ life, ok bool) {
	switch {
	case l.cancelAt != nil:
		return l.ended(now, cancelled(l.cancelReason)), true
	case l.deadlineAt.past(now):
		return l.ended(now, l.timedOut()), true
	case l.startedAt == nil && l.startBy.past(now):
		return l.ended(now, failed(run.StartExpired, "the run did not start in time")), true
	default:
		return l, false
	}
}

// cancel ends a run that nobody holds and tells the worker of one that
// somebody does. Asking twice changes nothing.
func (l life) cancel(now stamp, why run.Reason) (life, error) {
	switch {
	case l.status.Terminal():
		return l, fault.New(fault.AlreadyFinished, "run %q has already finished", l.id)
	case l.status != run.StatusRunning:
		return l.ended(now, cancelled(why)), nil
	case l.cancelAt == nil:
		l.cancelAt, l.cancelReason = &now, why
	}
	return l, nil
}

// requeued is a pending run without a slot: its epoch is above the one it was
// admitted for.
func (l life) requeued(next stamp, why run.Reason) life {
	l.status, l.reason = run.StatusPending, why
	l.worker, l.leaseUntil = nil, nil
	l.nextAt = next
	return l
}

// ended is a run with its end written.
func (l life) ended(now stamp, e end) life {
	l.status, l.reason = e.status, e.reason
	l.worker, l.leaseUntil = nil, nil
	l.response, l.err, l.errorCode = e.response, e.message, e.code
	if e.usage != "" {
		l.usage = e.usage
	}
	l.finishedAt = &now
	return l
}

func (l life) timedOut() end {
	return failed(run.DeadlineExceeded, "%s", run.TimedOut(run.Run{
		Class: l.class, CreatedAt: l.createdAt.Time, StartedAt: moment(l.startedAt), DeadlineAt: moment(l.deadlineAt),
	}, l.answers > 0))
}

// end is what is written on a run that is over.
type end struct {
	status   run.Status
	reason   run.Reason
	response *string
	message  string
	code     *run.ErrorCode
	usage    string
}

func cancelled(why run.Reason) end {
	if why == "" {
		why = run.Requested
	}
	return end{status: run.StatusCancelled, reason: why}
}

func failed(code run.ErrorCode, format string, args ...any) end {
	return end{status: run.StatusFailed, reason: run.Reason(code), message: fmt.Sprintf(format, args...), code: &code}
}
