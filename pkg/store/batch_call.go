package store

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/term"
)

// call is an item and who waits for it.
type call[I, O any] struct {
	ctx  context.Context
	item I
	back chan answer[O] // buffered: a caller may have left
	// late is who wakes a caller whose time is over; nil until one has a limit.
	late *time.Timer
}

// call is one that nobody holds.
func (b *batcher[I, O]) call(ctx context.Context, item I) *call[I, O] {
	c, ok := b.calls.Get().(*call[I, O])
	if !ok {
		c = &call[I, O]{back: make(chan answer[O], 1)}
	}
	c.ctx, c.item = ctx, item
	return c
}

// put gives a call back that was answered, or that nobody knows of.
func (b *batcher[I, O]) put(c *call[I, O]) {
	c.ctx, c.item = nil, *new(I)
	b.calls.Put(c)
}

// wait is the answer, or why the caller does not wait for it any longer. Every
// call is answered at last, so of a term it is enough to know how long it lasts.
func (c *call[I, O]) wait() (a answer[O], err error) {
	ctx := c.ctx
	var late <-chan time.Time
	if t, brief := ctx.(*term.Term); brief {
		var until time.Time
		if ctx, until = t.Lasts(); !until.IsZero() {
			late = c.alarm(until)
			defer c.late.Stop()
		}
	}
	select {
	case a = <-c.back:
		return a, nil
	case <-ctx.Done():
		return a, ctx.Err()
	case <-late:
		return a, context.DeadlineExceeded
	}
}

// alarm wakes the caller at that moment.
func (c *call[I, O]) alarm(at time.Time) <-chan time.Time {
	if c.late == nil {
		c.late = time.NewTimer(time.Until(at))
	} else {
		c.late.Reset(time.Until(at))
	}
	return c.late.C
}

// giveUp answers a call that nobody else answers any more.
func (c *call[I, O]) giveUp(why error) {
	select {
	case c.back <- answer[O]{err: unavailable(why)}:
	default: // it was answered
	}
}
