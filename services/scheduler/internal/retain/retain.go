// Package retain lets go of what has been kept long enough.
package retain

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

const (
	every = time.Minute
	batch = 1000
)

// Store is what can be let go.
type Store interface {
	// SweepKeys deletes idempotency keys whose time is over, at most limit.
	SweepKeys(ctx context.Context, limit int) (int, error)
	// SweepAuditLog deletes entries of the audit log that were kept for as long
	// as was promised, at most limit.
	SweepAuditLog(ctx context.Context, limit int) (int, error)
	// SweepFires deletes what became of moments of schedules that long ago, at most
	// limit, and SweepBackfills backfills that ended then.
	SweepFires(ctx context.Context, keep time.Duration, limit int) (int, error)
	SweepBackfills(ctx context.Context, keep time.Duration, limit int) (int, error)
	// SweepDeliveries deletes what arrived at webhooks and was kept for as long as
	// was promised, at most limit.
	SweepDeliveries(ctx context.Context, limit int) (int, error)
	// CollapseFires makes one record of many in a row that started nothing and were
	// made that long ago, of schedules after one, and says which was the last.
	CollapseFires(ctx context.Context, after uuid.UUID, age time.Duration, limit int) (last uuid.UUID, err error)
	// SweepWorkspaces deletes runs and deliveries of a workspace that is gone, at
	// most limit of each, and says whether there may be more.
	SweepWorkspaces(ctx context.Context, limit int) (more bool, err error)
}

// Keeper lets go once a minute.
type Keeper struct {
	Store Store
	// Fires is how long it is kept what became of moments.
	Fires time.Duration
	Log   *slog.Logger
}

// Run keeps house until ctx ends.
func (k Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	chores := k.chores()
	for {
		for _, c := range chores {
			if err := briefly(ctx, c.do); err != nil && ctx.Err() == nil {
				k.Log.WarnContext(ctx, "cannot let go", "of", c.of, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// chore is what is done once a minute, and what it lets go of.
type chore struct {
	of string
	do func(ctx context.Context) error
}

func (k Keeper) chores() []chore {
	return []chore{
		{"expired idempotency keys", all(k.Store.SweepKeys)},
		{"expired entries of the audit log", all(k.Store.SweepAuditLog)},
		{"old records of moments", all(k.since(k.Store.SweepFires))},
		{"old backfills", all(k.since(k.Store.SweepBackfills))},
		{"expired deliveries", all(k.Store.SweepDeliveries)},
		{"records of moments that can be one", k.collapse()},
		{"the runs of deleted workspaces", k.workspaces},
	}
}

// briefly bounds a chore, so that the others have their turn.
func briefly(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, every/2)
	defer cancel()
	return do(ctx)
}

// all sweeps until nothing is left that has expired.
func all(sweep func(ctx context.Context, limit int) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			n, err := sweep(ctx, batch)
			if err != nil || n < batch {
				return err
			}
		}
	}
}

// since is a sweep of what is older than moments are kept.
func (k Keeper) since(sweep func(ctx context.Context, keep time.Duration, limit int) (int, error)) func(context.Context, int) (int, error) {
	return func(ctx context.Context, limit int) (int, error) { return sweep(ctx, k.Fires, limit) }
}

func (k Keeper) workspaces(ctx context.Context) error {
	for {
		if more, err := k.Store.SweepWorkspaces(ctx, batch); err != nil || !more {
			return err
		}
	}
}
