package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// What a worker itself does for a run of one node that only computes, between
// the claim and the statement that ends it.
func BenchmarkOneNodeRun(b *testing.B) {
	var g graph.Graph
	if err := json.Unmarshal([]byte(`{
		"nodes": [{"id": "start", "kind": "start"}, {"id": "say", "kind": "transform", "config": {"set": {"answer": "{{ message }}"}}}, {"id": "end", "kind": "end"}],
		"edges": [{"from": "start", "to": "say"}, {"from": "say", "to": "end"}]}`), &g); err != nil {
		b.Fatal(err)
	}
	ends := make(chan struct{})
	w := &Worker{
		Store: shelf{work: store.Work{Plan: graph.NewPlan(g), Surroundings: store.Surroundings{TriggerKind: "background"}}, ends: ends, tb: b}, Bells: deaf{}, Kinds: node.NewRegistry(kinds.All()...), Terms: run.Terms{Lease: 30 * time.Second},
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Meter: NewMeter(prometheus.NewRegistry()),
		holds: newHolds(), drains: make(chan struct{}),
	}
	p := newPool(run.Background, 1)
	started := time.Now()
	r := run.Run{
		Workspace: uuid.New(), TriggerID: uuid.New(), Trigger: "start", GraphID: uuid.New(), Graph: "echo", Build: 1, Environment: "DEV",
		Class: run.Background, ThreadID: uuid.New(), Message: strings.Repeat("0123456789abcde ", 32), UserVariables: map[string]any{},
		Epoch: 1, Attempts: 1, CreatedAt: started, StartedAt: &started,
	}
	b.ReportAllocs()
	for b.Loop() {
		r.ID = uuid.New()
		w.start(p, &claimed{store.Claim{Run: r, Left: time.Hour}, time.Now()})
		<-ends
	}
	p.close()
	w.active.Wait()
}

// shelf is a store that has one piece of work for every run, and keeps nothing.
type shelf struct {
	Store
	work store.Work
	ends chan<- struct{}
	tb   testing.TB
}

func (s shelf) Load(context.Context, store.Claim) (store.Work, error) { return s.work, nil }

func (s shelf) Finish(_ context.Context, _ run.Lease, o run.Outcome, records []run.Record) error {
	if o.Status != run.StatusCompleted || len(records) != 4 {
		s.tb.Errorf("a run ended as %s (%s) with %d records", o.Status, o.Error, len(records))
	}
	s.ends <- struct{}{}
	return nil
}

// deaf are bells that nobody hears.
type deaf struct{ silent }

func (deaf) Announce(uuid.UUID) {}
func (deaf) Knock()             {}
