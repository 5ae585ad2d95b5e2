// Package trouble tells of a loop that fails: once when it begins and once when
// it ends, so that an outage is two lines of the log and not thousands.
package trouble

import (
	"context"
	"log/slog"
)

// Teller tells of one thing that a loop does again and again. It belongs to the
// loop: it is not for several goroutines.
type Teller struct {
	Log *slog.Logger
	// What follows "cannot" and "again able to".
	What string

	failing bool
}

// Tell takes what became of a round. An error after ctx has ended is no news.
func (t *Teller) Tell(ctx context.Context, err error) {
	switch {
	case err != nil && ctx.Err() == nil && !t.failing:
		t.Log.WarnContext(ctx, "cannot "+t.What, "error", err)
		t.failing = true
	case err == nil && t.failing:
		t.Log.InfoContext(ctx, "again able to "+t.What)
		t.failing = false
	}
}
