package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/worker/internal/engine"
)

// A run is accepted, executed and finished on both databases.
func TestRunIsExecuted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, `
			{"nodes": [{"id":"start","kind":"start"},
			           {"id":"echo","kind":"transform","config":{"set":{"answer":"{{ message }}"}}},
			           {"id":"end","kind":"end"}],
			 "edges": [{"from":"start","to":"echo"},{"from":"echo","to":"end"}]}`, time.Hour)
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCompleted || r.Response["answer"] != "hello" || r.Response["workflow_id"] != id.String() {
			t.Errorf("ended %s with %v (%s)", r.Status, r.Response, r.Error)
		}
	})
}

// Whoever watches a run hears of what it records and of its end.
func TestRecordsAndEndsOfBackgroundRunsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.work(t)
	for definition, news := range map[string]int{
		sleeper("1ms"): 2, // that it begins, and that it has slept
		`{"nodes": [{"id":"start","kind":"start"},{"id":"end","kind":"end"}], "edges": [{"from":"start","to":"end"}]}`: 0,
	} {
		id := w.start(t, definition, time.Hour)
		w.until(t, id, terminal)
		for deadline := time.Now().Add(20 * time.Second); len(w.bells.told.of(id)) <= news && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if got, want := w.bells.told.of(id), append(make([]bool, news), true); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	}
}

func TestCancelledRunNeverComesBack(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, sleeper("1m"), time.Hour)
		w.until(t, id, running)
		if _, err := w.tenant.Cancel(t.Context(), id, run.Requested); err != nil {
			t.Fatal(err)
		}
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCancelled || r.Reason != run.Requested {
			t.Errorf("ended %s because %s", r.Status, r.Reason)
		}
	})
}

func TestDeadlineEndsTheRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, sleeper("1m"), time.Second)
		r := w.until(t, id, terminal)
		if r.ErrorCode != run.DeadlineExceeded || r.Error != "Execution timed out after 1 seconds" {
			t.Errorf("ended %s: %s %s", r.Status, r.ErrorCode, r.Error)
		}
	})
}

// A drained worker's runs go on elsewhere and nothing is counted as a failure.
func TestDrainedWorkIsResumedElsewhere(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		gate := newGate(t)
		w.allow(gate)
		stop := w.work(t)
		id := w.start(t, fetcher(gate.URL), time.Hour)
		gate.await(t)
		stop()
		if r := w.run(t, id); r.Status != run.StatusPending || r.Attempts != 0 || r.Crashes != 0 {
			t.Errorf("a drained run is %s after %d attempts and %d crashes", r.Status, r.Attempts, r.Crashes)
		}
		gate.open()
		w.work(t)
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCompleted || r.Attempts != 1 {
			t.Errorf("ended %s after %d attempts: %s", r.Status, r.Attempts, r.Error)
		}
	})
}

// A call that must not repeat and whose answer never came waits for a person.
func TestUnknownOutcomeWaitsForAPerson(t *testing.T) {
	t.Parallel()
	for decision, want := range map[run.Decision]run.Status{
		run.Happened: run.StatusCompleted, run.TryAgain: run.StatusCompleted, run.GiveUp: run.StatusFailed,
	} {
		t.Run(string(decision), func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s)
				silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					if w.calls() == 1 {
						panic(http.ErrAbortHandler)
					}
				}))
				t.Cleanup(silent.Close)
				w.door.Allow = []string{strings.TrimPrefix(silent.URL, "http://")}
				w.work(t)
				id := w.start(t, fmt.Sprintf(`
					{"nodes": [{"id":"start","kind":"start"},
					           {"id":"pay","kind":"tool","config":{"http":{"method":"POST","url":%q}}},
					           {"id":"end","kind":"end"}],
					 "edges": [{"from":"start","to":"pay"},{"from":"pay","to":"end"}]}`, silent.URL), time.Hour)
				r := w.until(t, id, func(r run.Run) bool { return r.Status == run.StatusWaiting || r.Status.Terminal() })
				if r.Status != run.StatusWaiting || r.Reason != run.OutcomeUnknown {
					t.Fatalf("is %s because %s: %s", r.Status, r.Reason, r.Error)
				}
				w.answer(t, id, "pay", run.Answer{Decision: decision}) // nobody has to know what the call gave
				if r := w.until(t, id, terminal); r.Status != want {
					t.Errorf("ended %s, want %s: %s", r.Status, want, r.Error)
				}
				if calls := w.calls() - 1; calls != map[run.Decision]int{run.Happened: 1, run.TryAgain: 2, run.GiveUp: 1}[decision] {
					t.Errorf("called %d times", calls)
				}
			})
		})
	}
}

// A result that is kept apart is what the next attempt goes on with.
func TestLargeResultIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, g := newWorld(t, s), newGate(t)
		large := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			w.calls()
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(rw, `{"text":%q}`, strings.Repeat("x", 200<<10))
		}))
		t.Cleanup(large.Close)
		w.door.Allow = []string{strings.TrimPrefix(large.URL, "http://"), strings.TrimPrefix(g.URL, "http://")}
		stop := w.work(t)
		id := w.start(t, fmt.Sprintf(`
			{"nodes": [{"id":"start","kind":"start"},
			           {"id":"get","kind":"tool","config":{"http":{"method":"GET","url":%q}},"capture":{"text":"output.body.text"}},
			           {"id":"hold","kind":"tool","config":{"http":{"method":"GET","url":%q}}},
			           {"id":"say","kind":"transform","config":{"set":{"size":"{{ size(nodes.get.body.text) + size(vars.text) }}","text":""}}},
			           {"id":"end","kind":"end"}],
			 "edges": [{"from":"start","to":"get"},{"from":"get","to":"hold"},{"from":"hold","to":"say"},{"from":"say","to":"end"}]}`, large.URL, g.URL), time.Hour)
		g.await(t)
		stop()
		g.open()
		w.work(t)
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCompleted || r.Response["size"] != int64(400<<10) || w.calls() != 2 {
			t.Errorf("ended %s with %v (%s)", r.Status, r.Response["size"], r.Error)
		}
	})
}

func terminal(r run.Run) bool { return r.Status.Terminal() }
func running(r run.Run) bool  { return r.Status == run.StatusRunning }

func sleeper(d string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"},{"id":"sleep","kind":"sleep","config":{"for":%q}},{"id":"end","kind":"end"}],
		 "edges": [{"from":"start","to":"sleep"},{"from":"sleep","to":"end"}]}`, d)
}

func fetcher(url string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"},{"id":"get","kind":"tool","config":{"http":{"method":"GET","url":%q}}},{"id":"end","kind":"end"}],
		 "edges": [{"from":"start","to":"get"},{"from":"get","to":"end"}]}`, url)
}

// gate is a server that does not answer until it is opened.
type gate struct {
	*httptest.Server
	asked  chan struct{}
	opened chan struct{}
	once   sync.Once
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{asked: make(chan struct{}, 16), opened: make(chan struct{})}
	g.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.asked <- struct{}{}
		select {
		case <-g.opened:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { g.open(); g.Close() })
	return g
}

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

func (g *gate) await(t *testing.T) {
	t.Helper()
	select {
	case <-g.asked:
	case <-time.After(20 * time.Second):
		t.Fatal("nobody called")
	}
}

// bells wakes the worker for every class whenever it is shaken; the database
// decides what there is to do.
type bells struct {
	shake chan struct{}
	told  *told
}

func (b bells) Listen(ctx context.Context, classes []run.Class, wake func(run.Class)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.shake:
			for _, c := range classes {
				wake(c)
			}
		}
	}
}

func (b bells) Announce(id uuid.UUID) { b.told.add(id, true) }
func (b bells) News(id uuid.UUID)     { b.told.add(id, false) }
func (b bells) Say(d run.Delta)       { b.told.say(d) }
func (bells) Knock()                  {}

// told is what the worker said of runs.
type told struct {
	mu   sync.Mutex
	all  map[uuid.UUID][]bool
	said []run.Delta
}

func (t *told) say(d run.Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, d)
}

func (t *told) add(id uuid.UUID, over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[id] = append(t.all[id], over)
}

func (t *told) of(id uuid.UUID) []bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.all[id])
}

// plain keeps secrets as they are.
type plain struct{}

func (plain) Open(sealed []byte, _ ...string) ([]byte, error) { return sealed, nil }

// world is a workspace on a store, and the way to work for it.
type world struct {
	store  *store.Store
	ws     tenant.Workspace
	tenant store.Tenant
	door   egress.Door
	bells  bells
	// through is what the worker takes for the store.
	through engine.Store
	terms   run.Terms
	class   run.Class

	mu    sync.Mutex
	count int
}

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	return newWorldOf(t, s, tenant.Limits{})
}

func newWorldOf(t *testing.T, s *store.Store, limits tenant.Limits) *world {
	t.Helper()
	ws, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "w" + uuid.NewString()[:8], Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		store: s, ws: ws, tenant: s.In(ws.ID), bells: bells{make(chan struct{}, 1), &told{all: map[uuid.UUID][]bool{}}},
		through: s.Fleet(), terms: run.Terms{Lease: 2 * time.Second}, class: run.Background,
	}
}

func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	return w.count
}

func (w *world) allow(g *gate) { w.door.Allow = []string{strings.TrimPrefix(g.URL, "http://")} }

// work runs a worker until the test ends or stop is called, which drains it.
func (w *world) work(t *testing.T) (stop func()) {
	t.Helper()
	return w.workOn(t, w.through)
}

// workOn is work on what a worker takes for the store.
func (w *world) workOn(t *testing.T, on engine.Store) (stop func()) {
	t.Helper()
	return w.workWith(t, on, kinds.All()...)
}

// workWith is workOn by a worker that knows these kinds.
func (w *world) workWith(t *testing.T, on engine.Store, known ...node.Kind) (stop func()) {
	t.Helper()
	worker := &engine.Worker{
		ID: "worker-" + uuid.NewString()[:8], Store: on, Bells: w.bells, Kinds: node.NewRegistry(known...),
		HTTP: w.door.Client(), Secrets: plain{}, Slots: map[run.Class]int{run.Background: 4, run.Sync: 2},
		Terms: w.terms, Poll: 50 * time.Millisecond, Drain: 50 * time.Millisecond,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Meter: engine.NewMeter(prometheus.NewRegistry()),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("the worker ended: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// start accepts a run of a new graph, which the test may edit.
func (w *world) start(t *testing.T, definition string, limit time.Duration, edits ...func(*graph.Graph)) uuid.UUID {
	t.Helper()
	return w.accept(t, w.graph(t, "g"+uuid.NewString()[:8], definition, edits...).ID, limit)
}

// accept accepts one more run of a graph.
func (w *world) accept(t *testing.T, of uuid.UUID, limit time.Duration) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	accepted, err := w.tenant.Accept(t.Context(), run.Start{Limit: limit, Run: run.Run{
		ID: id, Workspace: w.ws.ID, GraphID: of, Graph: "g", Build: 1, Environment: "DEV",
		Class: w.class, ThreadID: uuid.Must(uuid.NewV7()), Cause: run.Cause{Kind: "api"}, Message: "hello",
	}})
	if err != nil || accepted.Run != id {
		t.Fatalf("accepted %+v, %v", accepted, err)
	}
	return id
}

// graph makes a graph and assigns its first build to DEV.
func (w *world) graph(t *testing.T, name, definition string, edits ...func(*graph.Graph)) store.StoredGraph {
	t.Helper()
	var g graph.Graph
	if err := json.Unmarshal([]byte(definition), &g); err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(&g)
	}
	g.Name = name
	stored, _, err := w.tenant.PutGraph(t.Context(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.tenant.Freeze(t.Context(), name, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.tenant.Assign(t.Context(), "DEV", name, 1, "test"); err != nil {
		t.Fatal(err)
	}
	return stored
}

func (w *world) run(t *testing.T, id uuid.UUID) run.Run {
	t.Helper()
	r, err := w.tenant.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// until waits for a run to be as wished. On the way it does what schedulers do:
// it admits what waits, takes runs away from dead workers and ends what has
// waited long enough.
func (w *world) until(t *testing.T, id uuid.UUID, wished func(run.Run) bool) run.Run {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r := w.run(t, id)
		if wished(r) {
			return r
		}
		w.tend(t)
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the run is still %s (%s)", r.Status, r.Reason)
		}
	}
}

// tend does what the upkeep of a fleet does.
func (w *world) tend(t *testing.T) {
	t.Helper()
	_, err := w.store.Fleet().Admit(t.Context(), w.class, 10)
	if err == nil {
		_, err = w.store.Fleet().SweepLeases(t.Context(), 100)
	}
	if err == nil {
		_, err = w.store.Fleet().ExpireAsks(t.Context(), 100)
	}
	if err == nil {
		_, err = w.store.Fleet().SweepChildren(t.Context(), 100)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answer answers what a node of the run asked.
func (w *world) answer(t *testing.T, id uuid.UUID, node string, a run.Answer) {
	t.Helper()
	asks, _, err := w.tenant.Asks(t.Context(), store.AskFilter{Run: id, Status: store.AskOpen}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(asks, func(a store.Ask) bool { return a.Step.Node == node })
	if i < 0 {
		t.Fatalf("%s asks nothing: %+v", node, asks)
	}
	if _, _, err := w.tenant.Answer(t.Context(), asks[i].ID, a); err != nil {
		t.Fatal(err)
	}
}
