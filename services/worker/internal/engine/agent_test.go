package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/worker/internal/engine"
)

// provider is an OpenAI-compatible server that streams. It counts what it is
// asked, by run and question.
type provider struct {
	*httptest.Server
	// answer is what it says to a conversation in which so many turns of the
	// model are, or a refusal.
	answer func(turns int, w http.ResponseWriter) (message map[string]any, ok bool)

	mu    sync.Mutex
	asked map[string]int // by idempotency key
}

func newProvider(t *testing.T, w *world, answer func(int, http.ResponseWriter) (map[string]any, bool)) *provider {
	t.Helper()
	p := &provider{answer: answer, asked: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	w.door.Allow = append(w.door.Allow, strings.TrimPrefix(p.URL, "http://"))
	if err := w.tenant.PutModel(t.Context(), "DEV", "counting", model.Connection{BaseURL: p.URL, Model: "m"}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct{ Messages []struct{ Role string } }
	_ = json.NewDecoder(r.Body).Decode(&q)
	turns := 0
	for _, m := range q.Messages {
		if m.Role == "assistant" {
			turns++
		}
	}
	p.mu.Lock()
	p.asked[r.Header.Get("Idempotency-Key")]++
	p.mu.Unlock()
	message, ok := p.answer(turns, w)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, chunk := range []any{
		map[string]any{"choices": []any{map[string]any{"delta": message}}},
		map[string]any{"choices": []any{map[string]any{"delta": map[string]any{}, "finish_reason": "stop"}}},
		map[string]any{"choices": []any{}, "usage": map[string]any{"prompt_tokens": 10 + turns, "completion_tokens": 3}},
	} {
		raw, _ := json.Marshal(chunk)
		fmt.Fprintf(w, "data: %s\n\n", raw)
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// of are the questions of one run, and how often each was asked.
func (p *provider) of(id uuid.UUID) map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[string]int{}
	for key, n := range p.asked {
		if question, ok := strings.CutPrefix(key, id.String()+"/"); ok {
			found[question] = n
		}
	}
	return found
}

func says(text string) map[string]any { return map[string]any{"content": text} }

func calls(name, arguments string) map[string]any {
	return map[string]any{"tool_calls": []any{map[string]any{"index": 0, "id": "c", "function": map[string]any{"name": name, "arguments": arguments}}}}
}

// long is an agent that asks its model 26 times and uses a tool 25 times in
// between.
const long = `
	{"nodes": [{"id":"start","kind":"start"},
	           {"id":"think","kind":"agent","config":{"model":"counting","tools":[{"node":"look"}],"max_turns":30,"max_tool_calls":30},"capture":{"answer":"output"}},
	           {"id":"look","kind":"transform","callable":true,"config":{"set":{"seen":"{{ args.page }}"}},"parameters":{"type":"object","properties":{"page":{"type":"integer"}}}},
	           {"id":"end","kind":"end"}],
	 "edges": [{"from":"start","to":"think"},{"from":"think","to":"end"}]}`

const (
	longQuestions = 26
	longSteps     = 2*longQuestions - 1
)

func studies(turns int, _ http.ResponseWriter) (map[string]any, bool) {
	if turns == longQuestions-1 {
		return says("done"), true
	}
	return calls("look", fmt.Sprintf(`{"page":%d}`, turns)), true
}

// mortal is a store at which the worker of a run dies once: right after it
// stored so many steps it hears nothing of it and does nothing more, and its
// lease has to lapse.
type mortal struct {
	engine.Store

	mu   sync.Mutex
	dies map[uuid.UUID]int
}

func (m *mortal) Append(ctx context.Context, l run.Lease, records []run.Record) error {
	if err := m.Store.Append(ctx, l, records); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	after, mortal := m.dies[l.Run]
	if !mortal {
		return nil
	}
	for _, r := range records {
		if r.Type == run.StepCompleted && r.Node == "think" && r.Call != "" {
			after--
		}
	}
	if m.dies[l.Run] = after; after > 0 {
		return nil
	}
	delete(m.dies, l.Run)
	return fault.New(fault.Fenced, "the worker died here")
}

// With a lease of a second, the worker is killed behind each of the steps of an
// agent run, one run for each step: what was asked and counted is as if nothing
// had happened.
func TestAKilledAgentAsksAndPaysNothingTwice(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, store.Options) *store.Store{"sqlite": storetest.SQLiteWith, "postgres": storetest.PostgresWith} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := storetest.Options()
			options.Terms.Lease = time.Second
			w := newWorld(t, open(t, options))
			p := newProvider(t, w, studies)
			m := &mortal{Store: w.store.Fleet(), dies: map[uuid.UUID]int{}}
			w.terms, w.through = options.Terms, m
			calm := w.start(t, long, time.Hour)
			killed := map[uuid.UUID]int{}
			for step := 1; step < longSteps; step++ {
				id := w.accept(t, w.run(t, calm).GraphID, time.Hour)
				killed[id], m.dies[id] = step, step
			}
			w.work(t)
			want := w.until(t, calm, terminal)
			if n := len(p.of(calm)); want.Status != run.StatusCompleted || n != longQuestions || want.Usage.ModelCalls != n || want.Usage.ToolCalls != n-1 {
				t.Fatalf("undisturbed: %s after %d questions, usage %+v: %s", want.Status, n, want.Usage, want.Error)
			}
			for id, step := range killed {
				r := w.until(t, id, terminal)
				if r.Status != run.StatusCompleted || r.Attempts != 2 || r.Usage != want.Usage {
					t.Errorf("killed behind step %d: %s after %d attempts, usage %+v, want %+v: %s", step, r.Status, r.Attempts, r.Usage, want.Usage, r.Error)
				}
				for question, n := range p.of(id) {
					if n != 1 {
						t.Errorf("killed behind step %d: %s was asked %d times", step, question, n)
					}
				}
			}
		})
	}
}

// A worker that forgets what it stored asks again, and the count sees it.
func TestTheCountSeesAnAnswerThatWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	p := newProvider(t, w, studies)
	w.through = &forgetful{Store: w.store.Fleet()}
	id := w.start(t, long, time.Hour)
	w.work(t)
	w.until(t, id, terminal)
	if n := p.of(id)["think/0/model:3"]; n != 2 {
		t.Errorf("the lost question was asked %d times", n)
	}
}

// forgetful loses one answer of a model, with its worker.
type forgetful struct {
	engine.Store
	once sync.Once
}

func (f *forgetful) Append(ctx context.Context, l run.Lease, records []run.Record) (err error) {
	if slices.ContainsFunc(records, func(r run.Record) bool { return r.Type == run.StepCompleted && r.Call == "model:3" }) {
		f.once.Do(func() { err = fault.New(fault.Fenced, "the worker died here") })
	}
	if err != nil {
		return err
	}
	return f.Store.Append(ctx, l, records)
}

// A provider that asks to wait for long gets its run put aside: it holds no
// worker and goes on by itself.
func TestAThrottledRunLeavesItsWorker(t *testing.T) {
	t.Parallel()
	for code, header := range map[int]string{http.StatusTooManyRequests: "X-Ratelimit-Reset-Requests", http.StatusServiceUnavailable: "Retry-After"} {
		storetest.Both(t, func(t *testing.T, s *store.Store) {
			w := newWorld(t, s)
			asked := 0
			p := newProvider(t, w, func(turns int, rw http.ResponseWriter) (map[string]any, bool) {
				if turns == 1 {
					return says("done"), true
				}
				if asked++; asked > 1 {
					return calls("look", `{"page":1}`), true
				}
				rw.Header().Set(header, "11")
				rw.WriteHeader(code)
				return nil, false
			})
			id := w.start(t, long, time.Hour)
			w.work(t)
			r := w.until(t, id, func(r run.Run) bool { return r.Status == run.StatusWaiting || r.Status.Terminal() })
			if r.Status != run.StatusWaiting || r.Reason != run.ForTimer {
				t.Fatalf("is %s because %s: %s", r.Status, r.Reason, r.Error)
			}
			asks, _, err := w.tenant.Asks(t.Context(), store.AskFilter{Run: id, Status: store.AskOpen}, store.Page{})
			if err != nil || len(asks) != 1 || asks[0].Until == nil {
				t.Fatalf("asks %+v (%v)", asks, err)
			}
			if wait := asks[0].Until.Sub(asks[0].AskedAt); wait < 10*time.Second || wait > 13*time.Second {
				t.Errorf("waits for %s", wait)
			}
			r = w.until(t, id, terminal)
			if r.Status != run.StatusCompleted || r.Usage.ModelCalls != 2 || p.of(id)["think/0/model:1"] != 2 {
				t.Errorf("ended %s after %v, usage %+v: %s", r.Status, p.of(id), r.Usage, r.Error)
			}
		})
	}
}

// Somebody waits for a synchronous run: it waits on its worker.
func TestAThrottledSynchronousRunStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	newProvider(t, w, func(_ int, rw http.ResponseWriter) (map[string]any, bool) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(http.StatusTooManyRequests)
		return nil, false
	})
	w.class = run.Sync
	id := w.start(t, long, 2*time.Second)
	w.work(t)
	if r := w.until(t, id, func(r run.Run) bool { return r.Status == run.StatusWaiting || r.Status.Terminal() }); r.ErrorCode != run.DeadlineExceeded {
		t.Errorf("is %s: %s %s", r.Status, r.ErrorCode, r.Error)
	}
}

// A model that would be called for ever, 64 times side by side, is called as
// often as the graph allows and not once more.
func TestAModelIsAskedOnlyAsOftenAsTheGraphAllows(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := newProvider(t, w, func(int, http.ResponseWriter) (map[string]any, bool) { return calls("look", `{"page":1}`), true })
		id := w.start(t, strings.Replace(long, `{"nodes": [`, `
			{"limits": {"model_calls": 150},
			 "variables": {"list": {"default": [`+strings.TrimSuffix(strings.Repeat(`{},`, 64), ",")+`]}},
			 "nodes": [{"id":"each","kind":"map","config":{"over":"vars.list","node":"think","parallel":64}},`, 1), time.Hour,
			func(g *graph.Graph) {
				g.Nodes[2].Callable = true
				g.Edges = []graph.Edge{{From: "start", To: "each"}, {From: "each", To: "end"}}
			})
		w.work(t)
		r := w.until(t, id, terminal)
		if n := len(p.of(id)); n != 150 || r.Usage.ModelCalls != n || r.ErrorCode != run.LimitExceeded {
			t.Errorf("%d questions, usage %+v, ended %s: %s %s", n, r.Usage, r.Status, r.ErrorCode, r.Error)
		}
	})
}

// What a model writes reaches those who watch, piece by piece.
func TestWhatAModelWritesIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	newProvider(t, w, func(int, http.ResponseWriter) (map[string]any, bool) { return says("all is well"), true })
	id := w.start(t, long, time.Hour)
	w.work(t)
	w.until(t, id, terminal)
	w.bells.told.mu.Lock()
	defer w.bells.told.mu.Unlock()
	want := run.Delta{Run: id, Epoch: 1, Step: run.Step{Node: "think", Call: "model:1"}, Text: "all is well"}
	if !slices.Equal(w.bells.told.said, []run.Delta{want}) {
		t.Errorf("said %+v", w.bells.told.said)
	}
}
