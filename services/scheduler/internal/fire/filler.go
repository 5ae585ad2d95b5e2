package fire

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trouble"
)

// Backfills are what a Filler needs of the fleet's store.
type Backfills interface {
	Backfill(ctx context.Context, filler store.Filler) (store.Backfilled, error)
}

// Filler goes on with backfills. Any number of processes may do it at once, like
// firing.
type Filler struct {
	Store    Backfills
	Launcher launch.Launcher
	Timed    Timed
	Log      *slog.Logger
	Metrics  Metrics
}

// Run fills until ctx ends.
func (f Filler) Run(ctx context.Context) {
	filling := trouble.Teller{Log: f.Log, What: "go on with backfills"}
	for {
		wait, err := f.round(ctx)
		filling.Tell(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// round goes on with one backfill and says how long to sleep.
func (f Filler) round(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	filled, err := f.Store.Backfill(ctx, clockwork{f.Launcher, f.Timed})
	if err != nil {
		return poll, err
	}
	f.Launcher.Ask(run.Background, filled.Accepted...)
	if filled.Stopped != uuid.Nil {
		f.Log.ErrorContext(ctx, "cannot go on with a backfill", "backfill", filled.Stopped, "error", filled.Why)
	}
	f.Metrics.count(filled.Fires)
	switch {
	case filled.Found && filled.Wait == 0:
		return 0, nil
	case filled.Wait == 0:
		return held, nil
	case filled.Wait < 0, filled.Wait > poll:
		return poll, nil
	}
	return filled.Wait, nil
}
