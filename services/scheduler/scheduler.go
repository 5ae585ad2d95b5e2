// Package scheduler is the door through which time comes in: it watches over
// what has to happen although nobody calls.
package scheduler

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/trigger/providers"
	"github.com/onsethq/onset/services/scheduler/internal/audit"
	"github.com/onsethq/onset/services/scheduler/internal/fire"
	"github.com/onsethq/onset/services/scheduler/internal/retain"
)

// Module makes the scheduler of a process.
func Module(env *boot.Env) (boot.Service, error) {
	fleet := env.Store.Fleet()
	auditor, err := audit.New(fleet, env.Metrics, env.Log)
	if err != nil {
		return nil, err
	}
	metrics, err := fire.NewMetrics(env.Metrics)
	if err != nil {
		return nil, err
	}
	launcher := launch.Launcher{Bells: env.Queue, SyncLimit: env.Settings.SyncLimit, RunLimit: env.Settings.RunLimit}
	firer := fire.Firer{Store: fleet, Launcher: launcher, Timed: providers.Schedule{}, Announce: env.Queue.Announce, Log: env.Log, Metrics: metrics}
	filler := fire.Filler{Store: fleet, Launcher: launcher, Timed: providers.Schedule{}, Log: env.Log, Metrics: metrics}
	return service{firer, filler, auditor, retain.Keeper{Store: fleet, Fires: env.Settings.RetainFires, Log: env.Log}}, nil
}

type service struct {
	firer   fire.Firer
	filler  fire.Filler
	auditor *audit.Auditor
	keeper  retain.Keeper
}

// Name is the scheduler's word in logs.
func (service) Name() string { return "scheduler" }

// Run watches until ctx ends.
func (s service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { s.firer.Run(ctx); return nil })
	g.Go(func() error { s.filler.Run(ctx); return nil })
	g.Go(func() error { s.auditor.Run(ctx); return nil })
	g.Go(func() error { s.keeper.Run(ctx); return nil })
	return g.Wait()
}
