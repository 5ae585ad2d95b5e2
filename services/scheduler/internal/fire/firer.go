// Package fire lets schedules start runs. Any number of processes may do it at
// once: each acts upon schedules that no other is acting upon, and what becomes
// of a moment is written together with its run, once. Only the database's clock
// decides what is due.
package fire

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trouble"
)

const (
	// batch is how many schedules one transaction acts upon.
	batch = 100
	// poll is how long a schedule that is made or changed may wait to be seen.
	poll = 500 * time.Millisecond
	// patience bounds one transaction.
	patience = 20 * time.Second
	// gather is how often is looked for schedules that have gone astray.
	gather = 2 * time.Second
)

// Store is what a Firer needs of the fleet's store.
type Store interface {
	Fire(ctx context.Context, limit int, clockwork store.Clockwork) (store.Fired, error)
	Gather(ctx context.Context, limit int) (gathered int, err error)
}

// Firer acts upon schedules whose moment has come.
type Firer struct {
	Store    Store
	Launcher launch.Launcher
	Timed    Timed
	// Announce tells whoever watches a run that it has ended.
	Announce func(run uuid.UUID)
	Log      *slog.Logger
	Metrics  Metrics
}

// Metrics are what a firer has done.
type Metrics struct {
	fires    *prometheus.CounterVec
	lateness prometheus.Histogram
	broken   prometheus.Counter
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) (Metrics, error) {
	m := Metrics{
		fires: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "onset_fires_total", Help: "Moments of schedules that this process acted upon, by what became of them."}, []string{"disposition"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "onset_fire_lateness_seconds", Help: "How long after its nominal moment a schedule started a run.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 60, 600, 3600},
		}),
		broken: prometheus.NewCounter(prometheus.CounterOpts{Name: "onset_schedules_broken_total", Help: "Schedules that this process found that it cannot act upon."}),
	}
	for _, c := range []prometheus.Collector{m.fires, m.lateness, m.broken} {
		if err := r.Register(c); err != nil {
			return Metrics{}, err
		}
	}
	return m, nil
}

// Run fires until ctx ends. It sleeps until the next schedule is due, and looks
// for changed ones meanwhile.
func (f Firer) Run(ctx context.Context) {
	firing := trouble.Teller{Log: f.Log, What: "fire schedules"}
	gathering := time.NewTicker(gather)
	defer gathering.Stop()
	for {
		wait, err := f.round(ctx)
		firing.Tell(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-gathering.C:
			firing.Tell(ctx, f.gather(ctx))
		case <-time.After(wait):
		}
	}
}

// gather brings schedules back that have gone astray.
func (f Firer) gather(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n, err := f.Store.Gather(ctx, batch)
	if n > 0 {
		f.Log.WarnContext(ctx, "schedules had gone astray and are looked at", "schedules", n)
	}
	return err
}

// round fires one batch and says how long to sleep.
func (f Firer) round(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fired, err := f.Store.Fire(ctx, batch, clockwork{f.Launcher, f.Timed})
	if err != nil {
		return poll, err
	}
	f.Launcher.Ask(run.Background, fired.Accepted...)
	for _, id := range fired.Ended {
		f.Announce(id)
	}
	for id, err := range fired.Broken {
		f.Metrics.broken.Inc()
		f.Log.ErrorContext(ctx, "cannot act upon a schedule", "trigger", id, "error", err)
	}
	f.Metrics.count(fired.Fires)
	switch {
	case fired.Wait < 0, fired.Wait > poll:
		return poll, nil
	case fired.Schedules == 0 && fired.Wait == 0:
		return held, nil
	}
	return fired.Wait, nil
}

// held is how long schedules are left to the process that holds them.
const held = 20 * time.Millisecond

func (m Metrics) count(fires []trigger.Fire) {
	for _, f := range fires {
		m.fires.WithLabelValues(string(f.Disposition)).Add(float64(f.Count))
		if f.Disposition == trigger.Started {
			m.lateness.Observe(f.DecidedAt.Sub(f.At).Seconds())
		}
	}
}
