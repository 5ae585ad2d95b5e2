package engine

import "github.com/prometheus/client_golang/prometheus"

// Meter counts what an operator asks a worker.
type Meter struct {
	Claimed, Refused, Fenced, Missed prometheus.Counter
}

// NewMeter registers the counters.
func NewMeter(r prometheus.Registerer) Meter {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "onset", Subsystem: "worker", Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	return Meter{
		Claimed: counter("runs_claimed_total", "Attempts begun by this worker."),
		Refused: counter("stale_writes_total", "Records and ends of attempts that were refused because another worker owns the run."),
		Fenced:  counter("fence_waits_total", "Steps held back because the lease was not known to be ours."),
		Missed:  counter("beats_missed_total", "Heartbeats that did not reach the database."),
	}
}
