package fire

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

// world is a workspace with a graph, whose clock the test moves.
type world struct {
	t *testing.T
	store.Tenant
	store  *store.Store
	now    time.Time
	firer  Firer
	filler Filler
	bells  *bells
}

// bells count what rings.
type bells struct{ rung, knocks atomic.Int64 } // schedulers of a crew share them

func (b *bells) Ring(_ run.Class, leases ...run.Lease) { b.rung.Add(int64(len(leases))) }
func (b *bells) Knock()                                { b.knocks.Add(1) }

// newWorld stands at noon, on SQLite, where the clock of the store is the test's.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: noon.Add(500 * time.Millisecond), bells: &bells{}}
	o := storetest.Options()
	o.Now = func() time.Time { return w.now }
	w.furnish(storetest.SQLiteWith(t, o))
	return w
}

// furnish gives the world its store, and the store a workspace.
func (w *world) furnish(s *store.Store) {
	w.t.Helper()
	t := w.t
	w.store = s
	ws, err := w.store.CreateWorkspace(t.Context(), tenant.Workspace{Name: "ws", Limits: tenant.Limits{Running: 10_000, Pending: 100_000}})
	w.check(err)
	w.Tenant = w.store.In(ws.ID)
	_, _, err = w.PutGraph(t.Context(), graph.Graph{
		Name:  "g",
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "end"}},
	}, nil)
	w.check(err)
	_, _, err = w.Freeze(t.Context(), "g", "test")
	w.check(err)
	_, err = w.Assign(t.Context(), "DEV", "g", 1, "test")
	w.check(err)
	metrics, err := NewMetrics(prometheus.NewRegistry())
	w.check(err)
	w.firer = Firer{
		Store: w.store.Fleet(), Launcher: launch.Launcher{Bells: w.bells, RunLimit: time.Hour}, Timed: providers.Schedule{},
		Announce: func(uuid.UUID) {}, Log: slog.New(slog.DiscardHandler), Metrics: metrics,
	}
	w.filler = Filler{Store: w.store.Fleet(), Launcher: w.firer.Launcher, Timed: w.firer.Timed, Log: w.firer.Log, Metrics: metrics}
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// put makes a trigger or changes it.
func (w *world) put(name, config string, p trigger.Policies) trigger.Trigger {
	w.t.Helper()
	g, _, err := w.PutTrigger(w.t.Context(), trigger.Trigger{
		Name: name, Kind: "schedule", Graph: "g", Environments: []string{"DEV"}, Config: json.RawMessage(config), Policies: p,
	}, nil)
	w.check(err)
	return g
}

func (w *world) status(name string, s trigger.Status) {
	w.t.Helper()
	_, err := w.SetTriggerStatus(w.t.Context(), name, s, "")
	w.check(err)
}

// fire acts upon everything that is due.
func (w *world) fire() {
	w.t.Helper()
	for {
		wait, err := w.firer.round(w.t.Context())
		w.check(err)
		if wait > 0 {
			return
		}
	}
}

// pass lets time pass while somebody watches the clock.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.fire() {
		w.now = w.now.Add(min(time.Second, end.Sub(w.now)))
	}
}

// away lets time pass while nobody does.
func (w *world) away(d time.Duration) { w.now = w.now.Add(d) }

// fires are all that is written of a trigger, the oldest first.
func (w *world) fires(of uuid.UUID) (all []trigger.Fire) {
	w.t.Helper()
	for p := (store.Page{Limit: 200}); ; {
		some, next, err := w.Fires(w.t.Context(), of, store.FireFilter{}, p)
		w.check(err)
		all = append(all, some...)
		if p.Cursor = next; next == "" {
			slices.Reverse(all)
			return all
		}
	}
}

// end ends the oldest run that is ready.
func (w *world) end(status run.Status) {
	w.t.Helper()
	claims, err := w.store.Fleet().ClaimReady(w.t.Context(), run.Background, "test", 1)
	w.check(err)
	if len(claims) != 1 {
		w.t.Fatal("no run is ready")
	}
	o := run.Outcome{Status: status, Response: map[string]any{"n": 1}}
	if status == run.StatusFailed {
		o.Error, o.ErrorCode = "boom", run.NodeFailed
	}
	w.check(w.store.Fleet().Finish(context.Background(), run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}, o, nil))
}

// sums counts moments by what became of them.
func sums(fires []trigger.Fire) map[trigger.Disposition]int {
	all := map[trigger.Disposition]int{}
	for _, f := range fires {
		all[f.Disposition] += f.Count
	}
	return all
}
