package queue

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	bells    prometheus.Counter
	dropped  prometheus.Counter
	failures prometheus.Counter
	tasks    *prometheus.CounterVec
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "onset", Subsystem: "queue", Name: name, Help: help})
	}
	return &metrics{
		bells:    counter("bells_total", "Bells left in Redis, each naming up to 64 runs."),
		dropped:  counter("dropped_total", "Rings that found no room while Redis was away; the database rings again."),
		failures: counter("failures_total", "Rounds of ringing that Redis did not take."),
		tasks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "onset", Subsystem: "queue", Name: "heard_total",
			Help: "Tasks heard: bells, bells of a version unknown here, and garbage.",
		}, []string{"what"}),
	}
}

func (m *metrics) heard(what string) { m.tasks.WithLabelValues(what).Inc() }

var _ prometheus.Collector = (*Queue)(nil)

// Describe and Collect make the queue its own collector.
func (q *Queue) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range q.metrics.all() {
		c.Describe(ch)
	}
}

// Collect gives the counters of this process.
func (q *Queue) Collect(ch chan<- prometheus.Metric) {
	for _, c := range q.metrics.all() {
		c.Collect(ch)
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.bells, m.dropped, m.failures, m.tasks}
}
