package term_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onsethq/onset/pkg/term"
)

var (
	errTimeout = errors.New("the time is over")
	errLost    = errors.New("the parent is lost")
)

// Whether somebody waits for a term or only asks, it is over at the same moment
// and for the same reason.
func TestTermIsOverForWhoWaitsAndForWhoAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, lose := context.WithCancelCause(t.Context())
		defer lose(nil)
		waits := term.Within(parent, time.Second, errTimeout)
		asks := term.Within(parent, time.Second, errTimeout)
		ended := term.Within(parent, 0, errTimeout)
		defer waits.End()
		defer asks.End()
		child, cancel := context.WithCancel(waits)
		defer cancel()
		time.Sleep(time.Second - time.Nanosecond)
		ended.End()
		if waits.Err() != nil || asks.Err() != nil || !errors.Is(ended.Err(), context.Canceled) {
			t.Fatalf("before the end: %v, %v; ended: %v", waits.Err(), asks.Err(), ended.Err())
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		for _, ctx := range []context.Context{child, waits, asks} {
			if ctx.Err() == nil || !errors.Is(context.Cause(ctx), errTimeout) {
				t.Errorf("at the end: %v, because %v", ctx.Err(), context.Cause(ctx))
			}
			<-ctx.Done()
		}
		late := term.Within(parent, time.Second, errTimeout)
		defer late.End()
		lose(errLost)
		if !errors.Is(context.Cause(late), errLost) || late.Err() == nil {
			t.Errorf("the attempt is lost, and its try goes on: %v", late.Err())
		}
	})
}
