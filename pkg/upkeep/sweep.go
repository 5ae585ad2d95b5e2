package upkeep

import (
	"context"
	"log/slog"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trouble"
)

// Sweeping is what a sweeper needs of the store.
type Sweeping interface {
	SweepLeases(ctx context.Context, limit int) (store.Swept, error)
	SweepDeadlines(ctx context.Context, limit int) (store.Swept, error)
	SweepExpired(ctx context.Context, limit int) (store.Swept, error)
	SweepCancelled(ctx context.Context, limit int) (store.Swept, error)
	SweepChildren(ctx context.Context, limit int) (int, error)
	Stats(ctx context.Context) (ready int, oldest time.Duration, running int, err error)
}

// Database says how long it has been there.
type Database interface {
	Started(ctx context.Context) (time.Time, error)
	Clock(ctx context.Context) (time.Time, error)
}

// sweeper ends or returns runs whose worker, time or start was lost.
type sweeper struct {
	Store    Sweeping
	Database Database
	Bells    Bells
	Every    time.Duration
	Lease    time.Duration
	Now      func() time.Time
	Log      *slog.Logger
	Gauges   gauges
}

func (s sweeper) run(ctx context.Context) {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	sweeping := trouble.Teller{Log: s.Log, What: "sweep runs"}
	outage := outage{lease: s.Lease, every: s.Every}
	for {
		sweeping.Tell(ctx, s.round(ctx, &outage))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round sweeps once. Leases are left alone for one lease after the database was
// away: nobody could renew them meanwhile, and taking them would start all the
// work of the fleet a second time.
func (s sweeper) round(ctx context.Context, o *outage) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	uptime, err := s.uptime(ctx)
	if err != nil {
		o.failed()
		return err
	}
	sweeps := []func(context.Context, int) (store.Swept, error){
		s.Store.SweepDeadlines, s.Store.SweepExpired, s.Store.SweepCancelled,
	}
	if o.over(s.Now(), uptime) {
		sweeps = append(sweeps, s.Store.SweepLeases)
	}
	for _, sweep := range sweeps {
		if err := s.all(ctx, sweep); err != nil {
			o.failed()
			return err
		}
	}
	if err := all(ctx, s.Store.SweepChildren); err != nil {
		o.failed()
		return err
	}
	return s.measure(ctx)
}

func (s sweeper) uptime(ctx context.Context) (time.Duration, error) {
	started, err := s.Database.Started(ctx)
	if err != nil {
		return 0, err
	}
	now, err := s.Database.Clock(ctx)
	return now.Sub(started), err
}

func (s sweeper) measure(ctx context.Context) error {
	ready, oldest, running, err := s.Store.Stats(ctx)
	if err == nil {
		s.Gauges.set(s.Now(), ready, oldest, running)
	}
	return err
}

// all sweeps until a batch is not full.
func (s sweeper) all(ctx context.Context, sweep func(context.Context, int) (store.Swept, error)) error {
	for {
		swept, err := sweep(ctx, batch)
		if err != nil {
			return err
		}
		for _, id := range swept.Ended {
			s.Bells.Announce(id)
		}
		if n := swept.Requeued + swept.Failed + swept.Cancelled; n > 0 {
			s.Gauges.count(swept)
			s.Log.InfoContext(ctx, "swept runs", "requeued", swept.Requeued, "failed", swept.Failed, "cancelled", swept.Cancelled)
			if n >= batch {
				continue
			}
		}
		return nil
	}
}

// outage remembers when the database was last known to have been away.
type outage struct {
	lease, every time.Duration
	broken       bool
	looked       time.Time // when the last round was
	calm         time.Time // leases may be swept from then on
}

func (o *outage) failed() { o.broken = true }

// over says whether a full lease has passed since the database, or this
// process, was last away. uptime is how long the database has been up.
func (o *outage) over(now time.Time, uptime time.Duration) bool {
	slept := !o.looked.IsZero() && now.Sub(o.looked) > o.every+max(o.every, o.lease/3)
	o.looked = now
	if o.broken || slept {
		o.broken = false
		o.calm = now.Add(o.lease)
	}
	return !now.Before(o.calm) && uptime >= o.lease
}
