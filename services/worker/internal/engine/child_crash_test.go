package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// doomed is the store of a worker that is killed at its nth write, before or
// after the write was stored. Nothing that it says afterwards is heard.
type doomed struct {
	store.Fleet
	at     int
	stored bool

	mu     sync.Mutex
	writes int
	dead   chan struct{}
}

func (m *doomed) write(do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone() {
		return fault.New(fault.Fenced, "a dead worker wrote")
	}
	if m.writes++; m.writes != m.at {
		return do()
	}
	if m.stored {
		_ = do()
	}
	close(m.dead)
	return fault.New(fault.Fenced, "the worker was killed")
}

func (m *doomed) gone() bool {
	select {
	case <-m.dead:
		return true
	default:
		return false
	}
}

func (m *doomed) ClaimReady(ctx context.Context, class run.Class, worker string, limit int) (claims []store.Claim, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone() {
		return nil, nil
	}
	return m.Fleet.ClaimReady(ctx, class, worker, limit)
}

func (m *doomed) Beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]store.Beat, error) {
	if m.gone() {
		return nil, nil
	}
	return m.Fleet.Beat(ctx, leases)
}

func (m *doomed) Append(ctx context.Context, l run.Lease, records []run.Record) error {
	return m.write(func() error { return m.Fleet.Append(ctx, l, records) })
}

func (m *doomed) Finish(ctx context.Context, l run.Lease, o run.Outcome, records []run.Record) error {
	return m.write(func() error { return m.Fleet.Finish(ctx, l, o, records) })
}

func (m *doomed) Release(ctx context.Context, l run.Lease, records []run.Record) error {
	return m.write(func() error { return m.Fleet.Release(ctx, l, records) })
}

func (m *doomed) Postpone(ctx context.Context, l run.Lease, pause time.Duration) error {
	return m.write(func() error { return m.Fleet.Postpone(ctx, l, pause) })
}

func (m *doomed) Wait(ctx context.Context, l run.Lease, reason run.Reason, heard int, records []run.Record) error {
	return m.write(func() error { return m.Fleet.Wait(ctx, l, reason, heard, records) })
}

func (m *doomed) Return(ctx context.Context, child uuid.UUID) error {
	return m.write(func() error { return m.Fleet.Return(ctx, child) })
}

// paid is a server that counts what it was asked, by idempotency key.
type paid struct {
	*httptest.Server
	mu    sync.Mutex
	calls map[string]int
}

func newPaid(t *testing.T) *paid {
	t.Helper()
	p := &paid{calls: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calls[r.Header.Get("Idempotency-Key")]++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *paid) total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, calls := range p.calls {
		n += calls
	}
	return n
}

// buys is a graph that makes two calls one after the other.
func buys(url string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"},
		           {"id":"one","kind":"tool","config":{"http":{"method":"GET","url":"%[1]s/{{ message }}/one"}},"capture":{"answer":"output.body.path"}},
		           {"id":"two","kind":"tool","config":{"http":{"method":"GET","url":"%[1]s/{{ message }}/two"}},"capture":{"n":"output.body.path"}},
		           {"id":"end","kind":"end"}],
		 "edges": [{"from":"start","to":"one"},{"from":"one","to":"two"},{"from":"two","to":"end"}]}`, url)
}

// A worker that is killed at any write, of a parent or of its child, changes
// neither the result nor the number of children, and repeats at most the call
// that was under way.
func TestWorkerIsKilledAtEveryWriteOfAParentAndItsChild(t *testing.T) {
	t.Parallel()
	calm, writes := familyOf(t, storetest.SQLite(t), 0, false)
	if writes < 8 {
		t.Fatalf("an undisturbed family needs %d writes: is the store counted?", writes)
	}
	for n := 1; n <= writes; n++ {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d-stored-%v", n, stored), func(t *testing.T) {
				t.Parallel()
				storetest.Both(t, func(t *testing.T, s *store.Store) {
					hit, _ := familyOf(t, s, n, stored)
					if d := cmp.Diff(calm, hit); d != "" {
						t.Error(d)
					}
				})
			})
		}
	}
}

// ending is what a killed worker must not change.
type ending struct {
	Status   run.Status
	Heard, N any
	Children int
	Child    run.Status
	Repeats  bool
}

// familyOf lets a parent and its child run under a worker that is killed at its
// nth write, and then under another.
func familyOf(t *testing.T, s *store.Store, at int, stored bool) (ending, int) {
	t.Helper()
	w, p := newWorld(t, s), newPaid(t)
	w.door.Allow = []string{strings.TrimPrefix(p.URL, "http://")}
	w.graph(t, "buys", buys(p.URL))
	m := &doomed{Fleet: s.Fleet(), at: at, stored: stored, dead: make(chan struct{})}
	w.workOn(t, m)
	id := w.start(t, starter("buys"), time.Hour)
	r := w.until(t, id, func(r run.Run) bool { return m.gone() || r.Status.Terminal() })
	if at > 0 {
		select {
		case <-m.dead:
		case <-time.After(20 * time.Second):
			t.Fatal("the worker was never killed")
		}
		if _, err := s.Fleet().ExpireLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Fleet().SweepLeases(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		w.work(t)
		r = w.until(t, id, terminal)
	}
	e := ending{Status: r.Status, Heard: r.Response["heard"], N: r.Response["n"]}
	children := w.children(t, id)
	if e.Children = len(children); e.Children == 1 {
		e.Child = w.until(t, children[0].ID, terminal).Status
	}
	if p.total() > 3 || len(p.calls) != 2 {
		e.Repeats = true
	}
	if found, err := s.Fleet().Audit(t.Context()); err != nil || found["counters_drift"] != 0 {
		t.Errorf("the audit found %v, %v", found, err)
	}
	return e, m.writes
}
