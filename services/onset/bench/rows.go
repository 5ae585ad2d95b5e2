package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// row is one measurement and the lines of the table that it fills.
type row struct {
	name string
	// once is a row that takes too long to be repeated.
	once    bool
	measure func(context.Context, *bench) (taking, error)
	lines   []line
}

// taking is what one measurement found, by name.
type taking map[string]float64

// line is one figure with what it must be. Exactly one of least and most is
// set, or none where the figure is only information.
type line struct {
	figure      string // its name in the taking
	what        string
	unit        string
	least, most float64
	beside      []beside
}

// beside is a figure that a reader needs to judge the line.
type beside struct{ figure, unit string }

var rows = []row{
	{name: "accept", measure: measureAccept, lines: []line{{
		figure: "ratio", what: "accepted background calls/s, 32 clients, workers stopped / raw single-row commits", unit: "×", least: 0.9,
		beside: []beside{{"accepted", "calls/s"}, {"commits", "commits/s"}, {"p50", "ms p50"}, {"p99", "ms p99"}, {"fsync", "µs fsync p50"},
			{"gateway_cpu", "µs CPU/call gateway"}, {"postgres_cpu", "µs Postgres"}},
	}, {
		figure: "door_ratio", what: "accepted background calls/s, workers stopped / a bare gin door that stores starts with exact caps and nothing else", unit: "×",
		beside: []beside{{"accepted", "calls/s"}, {"door", "calls/s of the bare door"}, {"ceiling", "of raw commits"}},
	}}},
	{name: "finish", measure: measureFinish, lines: []line{{
		figure: "accept_ratio", what: "accepted background calls/s while the same burst is executed / raw single-row commits", unit: "×", least: 0.4,
		beside: []beside{{"accepted", "calls/s"}, {"commits", "commits/s"}, {"fsync", "µs fsync p50"}},
	}, {
		figure: "ratio", what: "runs finished/s through the HTTP door, one-node graph, exact caps / raw asynq no-op processing", unit: "×", least: 0.5,
		beside: []beside{{"finished", "runs/s"}, {"asynq", "tasks/s"}, {"fsync", "µs fsync p50"},
			{"gateway_cpu", "µs CPU/run gateway"}, {"worker_cpu", "µs worker"}, {"postgres_cpu", "µs Postgres"}},
	}}},
	{name: "idle", measure: measureIdle, lines: []line{{
		figure: "p50", what: "accept → first step started, idle: p50", unit: "ms", most: 10,
	}, {
		figure: "p99", what: "accept → first step started, idle: p99", unit: "ms", most: 50, beside: []beside{{"fsync", "µs fsync p50"}},
	}}},
	{name: "burst", measure: measureBurst, lines: []line{{
		figure: "p99", what: "accept → first step started, burst while slots are free: p99", unit: "ms", most: 100,
		beside: []beside{{"p50", "ms p50"}, {"accepted", "calls/s"}, {"running", "runs at once at most"}, {"slots", "slots"}},
	}}},
	{name: "poll", measure: measurePoll, lines: []line{{
		figure: "p99", what: "status polls at 2 000/s of runs under way: p99", unit: "ms", most: 10, beside: []beside{{"p50", "ms p50"}},
	}, {
		figure: "live_ratio", what: "status polls/s of runs under way / bare gin handler", unit: "×",
		beside: []beside{{"live", "polls/s"}, {"bare", "calls/s"}, {"gateway_cpu", "µs CPU/poll gateway"}, {"postgres_cpu", "µs Postgres"}},
	}, {
		figure: "ended_ratio", what: "status polls/s of runs that ended / bare gin handler", unit: "×",
		beside: []beside{{"ended", "polls/s"}, {"bare", "calls/s"}},
	}}},
	{name: "crowd", once: true, measure: measureCrowd, lines: []line{{
		figure: "p99", what: "10 000 pollers, each every 5-10 s: p99", unit: "ms", most: 20,
		beside: []beside{{"p50", "ms p50"}, {"polls", "polls"}, {"rate", "polls/s"}},
	}, {
		figure: "errors", what: "10 000 pollers: answers that were not 200", unit: "", most: 0.5,
	}}},
	{name: "deliver", measure: measureDeliver, lines: []line{{
		figure: "p99", what: "500 signed webhooks/s, workers stopped: p99 of the answer", unit: "ms", most: 50,
		beside: []beside{{"p50", "ms p50"}, {"rate", "deliveries/s"}, {"lost", "without a run"}},
	}, {
		figure: "alone_p99", what: "500 signed webhooks/s, workers and Redis stopped: p99 of the answer", unit: "ms", most: 50,
		beside: []beside{{"alone_p50", "ms p50"}, {"alone_rate", "deliveries/s"}, {"alone_lost", "without a run"}},
	}}},
	{name: "embedded", measure: measureEmbedded, lines: []line{{
		figure: "ratio", what: "embedded (SQLite, Redis inside) runs finished/s / raw asynq on real Redis", unit: "×", least: 0.2,
		beside: []beside{{"finished", "runs/s"}, {"accepted", "calls/s"}, {"asynq", "tasks/s"}, {"fsync", "µs fsync p50"}, {"up_cpu", "µs CPU/run"}},
	}}},
	{name: "takeover", once: true, measure: measureTakeover, lines: []line{{
		figure: "last", what: "worker killed → the last of its runs started elsewhere", unit: "s", most: 40,
		beside: []beside{{"runs", "runs"}, {"lease", "s lease"}},
	}}},
	{name: "due", measure: measureDue, lines: []line{{
		figure: "last", what: "10 000 schedules due in the same second → the last run row", unit: "s", most: 10,
		beside: []beside{{"p50", "s p50"}, {"scheduler_cpu", "µs CPU/run scheduler"}, {"postgres_cpu", "µs Postgres"}},
	}}},
	{name: "spread", once: true, measure: measureSpread, lines: []line{{
		figure: "p99", what: "10 000 schedules due over a minute, nominal moment → run row: p99", unit: "ms", most: 1000,
		beside: []beside{{"p50", "ms p50"}, {"most", "ms at most"}},
	}}},
	{name: "watch", once: true, measure: measureWatch, lines: []line{{
		figure: "flat", what: "processor time for 100 000 schedules that are not due / for 1 000", unit: "×", most: 1.5,
		beside: []beside{{"cost_1k", "ms/s of 1 000"}, {"cost_10k", "of 10 000"}, {"cost_100k", "of 100 000"}, {"scheduler_100k", "thereof scheduler"}, {"asked_100k", "transactions/s"}},
	}}},
	{name: "memory", once: true, measure: measureMemory, lines: []line{{
		figure: "idle", what: "memory, all-in-one idle", unit: "MB", most: 80,
	}, {
		figure: "slope", what: "memory, all-in-one, growth at load after warm-up", unit: "MB/min", most: 1,
		beside: []beside{{"load", "MB at load"}, {"rate", "calls/s"}, {"minutes", "min"}},
	}}},
}

func names(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.name
	}
	return out
}

// choose picks rows by their names, in the order of the table.
func choose(rows []row, wanted string) ([]row, error) {
	if wanted == "" {
		return rows, nil
	}
	list := strings.Split(wanted, ",")
	for _, name := range list {
		if !slices.Contains(names(rows), name) {
			return nil, fmt.Errorf("there is no row %q: choose among %s", name, strings.Join(names(rows), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(list, r.name) }), nil
}
