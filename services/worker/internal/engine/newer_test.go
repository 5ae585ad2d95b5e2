package engine_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func nodes(kind string) string {
	return `{"nodes": [{"id":"start","kind":"start"},{"id":"a","kind":"` + kind + `","config":{"set":{"x":"1"}}},{"id":"end","kind":"end"}],
	         "edges": [{"from":"start","to":"a"},{"from":"a","to":"end"}]}`
}

// While a fleet is upgraded its older workers meet graphs of newer gateways.
func TestARunOfANewerGraphIsLeftToNewerWorkers(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		older := slices.DeleteFunc(kinds.All(), func(k node.Kind) bool { return k.Name() == "transform" })
		stop := w.workWith(t, w.through, older...)
		id := w.start(t, nodes("transform"), time.Hour)
		r := w.until(t, id, func(r run.Run) bool { return r.Reason == run.Backoff || r.Status.Terminal() })
		if r.Status != run.StatusPending || r.Attempts != 0 {
			t.Fatalf("is %s (%s) after %d attempts: %s", r.Status, r.Reason, r.Attempts, r.Error)
		}
		if r := w.until(t, w.start(t, sleeper("1ms"), time.Hour), terminal); r.Status != run.StatusCompleted {
			t.Errorf("what the older worker knows ended %s: %s", r.Status, r.Error)
		}
		stop()
		w.work(t)
		if r := w.until(t, id, terminal); r.Status != run.StatusCompleted || r.Attempts != 1 {
			t.Errorf("ended %s after %d attempts: %s", r.Status, r.Attempts, r.Error)
		}
	})
}

// mad panics where no node runs: the nth time that somebody asks for its traits.
type mad struct {
	node.Kind
	calm atomic.Int32
}

func (m *mad) Name() string { return "mad" }

func (m *mad) Traits(n graph.Node) node.Traits {
	if m.calm.Add(-1) < 0 {
		panic("canary")
	}
	return node.Traits{}
}

func TestAPanicEndsTheRunAndNotItsWorker(t *testing.T) {
	t.Parallel()
	for name, calm := range map[string]int32{"in the walk": 0, "in a branch": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				w, m := newWorld(t, s), &mad{}
				m.calm.Store(calm)
				w.workWith(t, w.through, append(kinds.All(), m)...)
				r := w.until(t, w.start(t, nodes("mad"), time.Hour), terminal)
				if r.Status != run.StatusFailed || r.ErrorCode != run.InternalError {
					t.Errorf("ended %s (%s): %s", r.Status, r.ErrorCode, r.Error)
				}
				if r := w.until(t, w.start(t, sleeper("1ms"), time.Hour), terminal); r.Status != run.StatusCompleted {
					t.Errorf("the next run ended %s: %s", r.Status, r.Error)
				}
			})
		})
	}
}
