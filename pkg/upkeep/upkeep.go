// Package upkeep is what somebody has to do for the fleet, and any process may:
// admit and ring what waits (dispatch), and end or return what its worker has
// lost (sweep). Every statement skips what another process is already doing, so
// any number of these loops may run, and none is a single point of failure.
package upkeep

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// Module makes the upkeep of a process that has the fleet's store and queue.
func Module(env *boot.Env) (boot.Service, error) {
	fleet := env.Store.Fleet()
	gauges, err := newGauges(env.Metrics)
	if err != nil {
		return nil, err
	}
	if env.Alone {
		if err := inherit(fleet, env.Log); err != nil {
			return nil, err
		}
	}
	return service{
		dispatcher{Store: fleet, Bells: env.Queue, Every: env.Settings.Dispatch, Log: env.Log},
		sweeper{
			Store: fleet, Database: env.Store, Bells: env.Queue, Every: env.Settings.Sweep,
			Lease: env.Settings.Lease, Now: env.Now, Log: env.Log, Gauges: gauges,
		},
	}, nil
}

// inherit ends every lease that is in the database, so that the first sweep
// returns the runs of a process that was killed. It comes before any service
// runs: the worker of this process holds none yet.
func inherit(fleet store.Fleet, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n, err := fleet.ExpireLeases(ctx)
	if err != nil {
		return fmt.Errorf("end the leases of the process before: %w", err)
	}
	if n > 0 {
		log.InfoContext(ctx, "the process before did not end in order", "runs", n)
	}
	return nil
}

// Bells is what upkeep says and hears on the queue.
type Bells interface {
	Ring(c run.Class, leases ...run.Lease)
	Announce(id uuid.UUID)
	Knocks(ctx context.Context, dispatch func()) error
	Generation(ctx context.Context) (changed bool, err error)
}

type service struct {
	dispatcher dispatcher
	sweeper    sweeper
}

// Name is upkeep's word in logs.
func (service) Name() string { return "upkeep" }

// Run keeps up until ctx ends.
func (s service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.dispatcher.run(ctx) })
	g.Go(func() error { s.sweeper.run(ctx); return nil })
	return g.Wait()
}

// patience bounds one round of upkeep.
const patience = 10 * time.Second
