package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

const (
	// maxThrottled is how often in a row the other side of a step may ask to
	// wait.
	maxThrottled = 20
	// longPause is from when on a run does not wait on its worker: it is put
	// aside, holds no slot, and the time is not its own.
	longPause = 10 * time.Second
	// firstThrottle and mostThrottle bound the pause when the other side does
	// not say how long.
	firstThrottle = time.Second
	mostThrottle  = 5 * time.Minute
)

// throttled notes that the other side of a step asked to wait, and for how long.
func (x *Executor) throttled(ctx context.Context, a *activity, e *node.Error) (time.Duration, error) {
	times := ask(x.Journal, func(s *run.State) int { return s.Throttled(a.step) }) + 1
	pause := throttlePause(e.After, times)
	return pause, x.Journal.Append(ctx, run.StepRetrying, a.step, run.Retried{
		Try: ask(x.Journal, func(s *run.State) int { return s.Tries(a.step) }), Throttled: times,
		Error: e.Message, AfterMS: pause.Milliseconds(), Usage: x.price(a),
	})
}

// rest waits before the next try of a step: for a moment here, or until a later
// attempt. Somebody holds a connection open for a synchronous run, so that one
// waits here.
func (x *Executor) rest(ctx context.Context, a *activity, pause time.Duration) error {
	if pause < longPause || x.Run.Class == run.Sync {
		if err := x.Backoff(ctx, pause); err != nil {
			return cause(ctx, err)
		}
		return nil
	}
	_, err := x.ask(ctx, a.step, func() (run.Ask, error) {
		until := x.Now().Add(pause)
		return run.Ask{Reason: run.ForTimer, Until: &until}, nil
	})
	if err != nil {
		return err
	}
	return &Pause{a.step, run.ForTimer}
}

// throttlePause is what the other side asked for, and up to a tenth more by
// chance so that many runs do not return in step.
func throttlePause(after time.Duration, times int) time.Duration {
	if after <= 0 {
		after = mostThrottle
		if times <= 16 {
			after = min(firstThrottle<<(times-1), mostThrottle)
		}
	}
	return after + time.Duration(rand.Int64N(int64(after)/10+1))
}

// rests says whether a step still has to wait for its next try.
func (x *Executor) rests(s run.Step) bool {
	asked, put := found(x.Journal, s, (*run.State).Asked)
	if !put || asked.Reason != run.ForTimer {
		return false
	}
	_, over := x.answer(s)
	return !over
}
