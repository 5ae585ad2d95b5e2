// Package watch counts in every gateway what is wrong with triggers now. The
// scheduler would be the place, but a dead one could not tell that it is dead.
package watch

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trouble"
)

const (
	// every is the time between two looks.
	every = 10 * time.Second
	// patience bounds one.
	patience = 8 * time.Second
)

// Store is what a Watcher asks.
type Store interface {
	CountAlarms(ctx context.Context) (map[trigger.AlarmKind]int, error)
}

// Watcher looks and tells.
type Watcher struct {
	store  Store
	alarms *prometheus.GaugeVec
	log    *slog.Logger
}

// New registers the figure onset_alarms.
func New(s Store, r prometheus.Registerer, log *slog.Logger) (*Watcher, error) {
	alarms := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "onset_alarms", Help: "What is wrong with triggers now, by kind, in all workspaces, as this gateway sees it. All gateways see the same: take the maximum.",
	}, []string{"kind"})
	return &Watcher{store: s, alarms: alarms, log: log}, r.Register(alarms)
}

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	counting := trouble.Teller{Log: w.log, What: "count alarms"}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		counting.Tell(ctx, w.look(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *Watcher) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	counts, err := w.store.CountAlarms(ctx)
	if err != nil {
		return err
	}
	for kind, n := range counts {
		w.alarms.WithLabelValues(string(kind)).Set(float64(n))
	}
	return nil
}
