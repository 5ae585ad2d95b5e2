package upkeep

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/store"
)

// gauges are the numbers that tell an operator whether the fleet keeps up. The
// age of the oldest ready run is the one that says "fine", and the moment of the
// last look says how far it can be believed.
type gauges struct {
	oldest, ready, running, looked prometheus.Gauge
	swept                          *prometheus.CounterVec
}

func newGauges(r prometheus.Registerer) (gauges, error) {
	g := gauges{
		oldest:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "onset_oldest_ready_seconds", Help: "Age of the oldest run that is ready and that nobody has claimed."}),
		ready:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "onset_runs_ready", Help: "Runs that are admitted and wait for a worker."}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "onset_runs_running", Help: "Runs that a worker holds."}),
		looked:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "onset_upkeep_last_look_timestamp_seconds", Help: "When this process last swept and counted everything; the other figures are as old as that."}),
		swept:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "onset_runs_swept_total", Help: "Runs that this process took from a lost worker or ended for its time, by what became of them."}, []string{"into"}),
	}
	for _, c := range []prometheus.Collector{g.oldest, g.ready, g.running, g.looked, g.swept} {
		if err := r.Register(c); err != nil {
			return gauges{}, err
		}
	}
	return g, nil
}

func (g gauges) set(now time.Time, ready int, oldest time.Duration, running int) {
	g.looked.Set(float64(now.Unix()))
	g.ready.Set(float64(ready))
	g.oldest.Set(oldest.Seconds())
	g.running.Set(float64(running))
}

func (g gauges) count(s store.Swept) {
	g.swept.WithLabelValues("pending").Add(float64(s.Requeued))
	g.swept.WithLabelValues("failed").Add(float64(s.Failed))
	g.swept.WithLabelValues("cancelled").Add(float64(s.Cancelled))
}
