// Package audit asks the database every minute for rows that must not exist.
// All figures are zero in a healthy fleet; any other is a defect of ours and
// worth an alarm.
package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/run"
)

// Every is the time between two audits.
const Every = time.Minute

// drift is the finding that can be mended: a workspace's counters that differ
// from a count of its runs.
const drift = "counters_drift"

// Store is what an audit asks.
type Store interface {
	Audit(ctx context.Context) (map[string]int, error)
	RepairCounters(ctx context.Context) (int, error)
	Waiting(ctx context.Context) (map[run.Reason]int, error)
	Accounts
}

// Auditor looks and tells.
type Auditor struct {
	store          Store
	found, waiting *prometheus.GaugeVec
	log            *slog.Logger

	unaccounted prometheus.Gauge
}

// New registers the figures onset_audit_findings, onset_runs_waiting and
// onset_schedule_moments_unaccounted.
func New(s Store, r prometheus.Registerer, log *slog.Logger) (*Auditor, error) {
	found := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "onset_audit_findings", Help: "Rows that must not exist, by rule. Anything but 0 is a defect.",
	}, []string{"rule"})
	waiting := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "onset_runs_waiting", Help: "Runs that are put aside, by what they wait for, at the last audit. Those of outcome_unknown stand still until a person has looked.",
	}, []string{"reason"})
	unaccounted := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "onset_schedule_moments_unaccounted", Help: "Moments of schedules without the record that they must have, and records without a moment, that were found when they were counted anew. Anything but 0 is a defect.",
	})
	return &Auditor{store: s, found: found, waiting: waiting, log: log, unaccounted: unaccounted},
		errors.Join(r.Register(found), r.Register(waiting), r.Register(unaccounted))
}

// Run audits until ctx ends.
func (a *Auditor) Run(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		a.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *Auditor) round(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Every/2)
	defer cancel()
	a.count(ctx)
	findings, err := a.store.Audit(ctx)
	if err != nil {
		a.log.WarnContext(ctx, "cannot audit", "error", err)
		return
	}
	for rule, n := range findings {
		a.found.WithLabelValues(rule).Set(float64(n))
		if n > 0 {
			a.log.ErrorContext(ctx, "audit found rows that must not exist", "rule", rule, "rows", n)
		}
	}
	if err := a.moments(ctx); err != nil {
		a.log.WarnContext(ctx, "cannot count the moments of schedules", "error", err)
	}
	if findings[drift] > 0 {
		n, err := a.store.RepairCounters(ctx)
		a.log.InfoContext(ctx, "counted the runs of workspaces anew", "workspaces", n, "error", err)
	}
}

func (a *Auditor) count(ctx context.Context) {
	counts, err := a.store.Waiting(ctx)
	if err != nil {
		a.log.WarnContext(ctx, "cannot count the runs that wait", "error", err)
		return
	}
	for _, reason := range run.Waits {
		a.waiting.WithLabelValues(string(reason)).Set(float64(counts[reason]))
	}
}
