package upkeep

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trouble"
)

// Admission is what a dispatcher needs of the store.
type Admission interface {
	Fits(ctx context.Context) (bool, error)
	Admit(ctx context.Context, class run.Class, limit int) ([]run.Lease, error)
	Due(ctx context.Context, class run.Class, limit int) ([]run.Lease, error)
	Unring(ctx context.Context) (int, error)
	ExpireAsks(ctx context.Context, limit int) (int, error)
}

// dispatcher gives slots of workspaces to starts that wait for one, and rings
// again for runs that nobody came for.
type dispatcher struct {
	Store Admission
	Bells Bells
	Every time.Duration
	Log   *slog.Logger
}

const (
	// batch is how many runs one statement admits or rings for.
	batch = 256
	// ringEvery is how often runs that nobody came for are looked for, and
	// Redis is asked whether it still knows us.
	ringEvery = time.Second
)

func (d dispatcher) run(ctx context.Context) error {
	knock := make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return d.Bells.Knocks(ctx, func() {
			select {
			case knock <- struct{}{}:
			default:
			}
		})
	})
	g.Go(func() error { d.admitting(ctx, knock); return nil })
	g.Go(func() error { d.ringing(ctx); return nil })
	return g.Wait()
}

// admitting admits at every knock and tick, also the runs whose timers have come:
// those a tick finds.
func (d dispatcher) admitting(ctx context.Context, knock <-chan struct{}) {
	tick := time.NewTicker(d.Every)
	defer tick.Stop()
	admission := trouble.Teller{Log: d.Log, What: "admit runs"}
	asks := trouble.Teller{Log: d.Log, What: "end what runs wait for"}
	for {
		select {
		case <-ctx.Done():
			return
		case <-knock:
		case <-tick.C:
			asks.Tell(ctx, all(ctx, d.Store.ExpireAsks))
		}
		admission.Tell(ctx, d.admit(ctx))
	}
}

// admit looks first whether there is anything to do: it comes whenever a run has
// left its slot, and mostly nobody waits for it.
func (d dispatcher) admit(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if fits, err := d.Store.Fits(ctx); err != nil || !fits {
		return err
	}
	return d.each(ctx, d.Store.Admit)
}

// ringing rings for admitted runs whose bell was lost, all of them at once when
// Redis has lost its memory.
func (d dispatcher) ringing(ctx context.Context) {
	tick := time.NewTicker(ringEvery)
	defer tick.Stop()
	bells := trouble.Teller{Log: d.Log, What: "ring for runs"}
	redis := trouble.Teller{Log: d.Log, What: "ask Redis for its generation"}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := d.Bells.Generation(ctx)
		redis.Tell(ctx, err)
		if changed {
			d.forget(ctx)
		}
		bells.Tell(ctx, d.each(ctx, d.Store.Due))
	}
}

// forget makes every admitted run due for a bell.
func (d dispatcher) forget(ctx context.Context) {
	n, err := d.Store.Unring(ctx)
	if err != nil {
		d.Log.WarnContext(ctx, "cannot ring again after Redis lost its data", "error", err)
		return
	}
	if n > 0 {
		d.Log.InfoContext(ctx, "redis lost its data: ringing again", "runs", n)
	}
}

// each takes from the store until a batch is not full, class by class, and
// rings for what it got.
func (d dispatcher) each(ctx context.Context, take func(context.Context, run.Class, int) ([]run.Lease, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, class := range run.Classes {
		for {
			leases, err := take(ctx, class, batch)
			if err != nil {
				return err
			}
			d.Bells.Ring(class, leases...)
			if len(leases) < batch {
				break
			}
		}
	}
	return nil
}

// all repeats a statement until a batch is not full.
func all(ctx context.Context, settle func(context.Context, int) (int, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if n, err := settle(ctx, batch); err != nil || n < batch {
			return err
		}
	}
}
