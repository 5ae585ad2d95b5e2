// Package retain lets go of what has been kept long enough.
package retain

import (
	"context"
	"log/slog"
	"time"
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
	for {
		if err := all(ctx, k.Store.SweepKeys); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete expired idempotency keys", "error", err)
		}
		if err := all(ctx, k.Store.SweepAuditLog); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete expired entries of the audit log", "error", err)
		}
		if err := all(ctx, k.since(k.Store.SweepFires)); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete old records of moments", "error", err)
		}
		if err := all(ctx, k.since(k.Store.SweepBackfills)); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete old backfills", "error", err)
		}
		if err := all(ctx, k.Store.SweepDeliveries); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete expired deliveries", "error", err)
		}
		if err := k.workspaces(ctx); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "cannot delete the runs of deleted workspaces", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// all sweeps until nothing is left that has expired.
func all(ctx context.Context, sweep func(ctx context.Context, limit int) (int, error)) error {
	ctx, cancel := context.WithTimeout(ctx, every/2)
	defer cancel()
	for {
		n, err := sweep(ctx, batch)
		if err != nil || n < batch {
			return err
		}
	}
}

// since is a sweep of what is older than moments are kept.
func (k Keeper) since(sweep func(ctx context.Context, keep time.Duration, limit int) (int, error)) func(context.Context, int) (int, error) {
	return func(ctx context.Context, limit int) (int, error) { return sweep(ctx, k.Fires, limit) }
}

func (k Keeper) workspaces(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, every/2)
	defer cancel()
	for {
		if more, err := k.Store.SweepWorkspaces(ctx, batch); err != nil || !more {
			return err
		}
	}
}
