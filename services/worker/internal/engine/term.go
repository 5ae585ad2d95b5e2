package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errTimeout = errors.New("the node's time is over")

// term is the context of one try: it ends with the try, or when that has taken
// too long. Most tries compute something and wait for nothing, so the timer is
// made for who does.
type term struct {
	context.Context // of the attempt
	began           time.Time
	limit           time.Duration

	mu    sync.Mutex
	timed context.Context // nil until somebody waits
	stop  context.CancelFunc
	over  bool
}

// within gives one try its own context, which ends with it; a limit of zero is
// none.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	t := &term{Context: ctx, began: time.Now(), limit: limit}
	return t, t.end
}

func (t *term) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.stop != nil {
		t.stop()
	}
}

// wait is the context with its timer.
func (t *term) wait() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timed != nil {
		return t.timed
	}
	if t.limit > 0 {
		t.timed, t.stop = context.WithDeadlineCause(t.Context, t.began.Add(t.limit), errTimeout)
	} else {
		t.timed, t.stop = context.WithCancel(t.Context)
	}
	if t.over {
		t.stop()
	}
	return t.timed
}

// now is what knows best at the moment: whoever only asks needs no timer before
// the time is over.
func (t *term) now() context.Context {
	t.mu.Lock()
	timed := t.timed != nil || t.over || t.limit > 0 && time.Since(t.began) >= t.limit
	t.mu.Unlock()
	if timed {
		return t.wait()
	}
	return t.Context
}

func (t *term) Deadline() (time.Time, bool) { return t.wait().Deadline() }
func (t *term) Done() <-chan struct{}       { return t.wait().Done() }
func (t *term) Err() error                  { return t.now().Err() }
func (t *term) Value(key any) any           { return t.now().Value(key) }
