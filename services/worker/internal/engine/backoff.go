package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/onsethq/onset/pkg/graph"
)

// backoff is the pause after the given number of failed tries: the node's
// backoff (1 s), doubled each time, at most max_backoff (30 s), less up to a
// fifth by chance so that many runs do not return in step.
func backoff(r *graph.Retry, tries int) time.Duration {
	first, most := time.Second, 30*time.Second
	if r != nil {
		first, most = r.Backoff.Or(first), r.MaxBackoff.Or(most)
	}
	pause := most
	if tries <= 16 {
		pause = min(first<<(tries-1), most)
	}
	return pause - time.Duration(rand.Int64N(int64(pause)/5+1))
}

// Sleep waits, or returns when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
