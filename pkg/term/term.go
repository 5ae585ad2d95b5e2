// Package term is a context with a limit that costs next to nothing as long as
// nobody waits for its end: no timer, no channel, no word to its parent.
package term

import (
	"context"
	"sync"
	"time"
)

// Term ends with its parent, when it is ended, or when its limit is over. What
// most terms are for takes much less, so the timer is made for who waits.
type Term struct {
	context.Context // of which it is a part
	until           time.Time
	cause           error

	mu    sync.Mutex
	timed context.Context // nil until somebody waits
	stop  context.CancelFunc
	over  bool
}

// Within begins a term of ctx that lasts for limit at most; zero is no limit.
// cause is why it ends then: nil is context.DeadlineExceeded. Whoever begins it
// has to End it.
func Within(ctx context.Context, limit time.Duration, cause error) *Term {
	t := &Term{Context: ctx, cause: cause}
	if limit > 0 {
		t.until = time.Now().Add(limit)
	}
	return t
}

// End ends the term, if it has not ended yet.
func (t *Term) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.stop != nil {
		t.stop()
	}
}

// Lasts says of what the term is a part and until when it lasts at most; the zero
// time is no limit. It is for who waits with a timer that is there already, and
// for something that comes also when the term was ended before: of that he does
// not hear.
func (t *Term) Lasts() (of context.Context, until time.Time) { return t.Context, t.until }

// wait is the context with its timer.
func (t *Term) wait() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timed != nil {
		return t.timed
	}
	if t.until.IsZero() {
		t.timed, t.stop = context.WithCancel(t.Context)
	} else {
		t.timed, t.stop = context.WithDeadlineCause(t.Context, t.until, t.cause)
	}
	if t.over {
		t.stop()
	}
	return t.timed
}

// now is what knows best at the moment: whoever only asks needs no timer before
// the time is over.
func (t *Term) now() context.Context {
	t.mu.Lock()
	timed := t.timed != nil || t.over || !t.until.IsZero() && !time.Now().Before(t.until)
	t.mu.Unlock()
	if timed {
		return t.wait()
	}
	return t.Context
}

// Deadline, Done, Err and Value are those of a context.
func (t *Term) Deadline() (time.Time, bool) { return t.wait().Deadline() }
func (t *Term) Done() <-chan struct{}       { return t.wait().Done() }
func (t *Term) Err() error                  { return t.now().Err() }
func (t *Term) Value(key any) any           { return t.now().Value(key) }
