package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// between is a graph that does one thing between start and end; there is an edge
// for its failure.
func between(node string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"},%s,
		           {"id":"late","kind":"transform","config":{"set":{"late":true}}},{"id":"end","kind":"end"}],
		 "edges": [{"from":"start","to":"n"},{"from":"n","to":"end"},{"from":"n","to":"late","on":"error"},{"from":"late","to":"end"}]}`, node)
}

func waits(r run.Run) bool { return r.Status == run.StatusWaiting }

// expire plays the dispatcher until the run has ended.
func (w *world) expire(t *testing.T, id uuid.UUID) run.Run {
	t.Helper()
	return w.until(t, id, func(r run.Run) bool {
		if _, err := w.store.Fleet().ExpireAsks(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		return terminal(r)
	})
}

func TestTimerPutsTheRunAsideAndBringsItBack(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, between(`{"id":"n","kind":"wait","config":{"for":"1s"}}`), time.Hour)
		r := w.until(t, id, waits)
		if r.Reason != run.ForTimer || r.DeadlineAt != nil || r.RequiresInput() {
			t.Errorf("waits for %s, deadline %v", r.Reason, r.DeadlineAt)
		}
		if r := w.expire(t, id); r.Status != run.StatusCompleted || r.Attempts != 2 || r.Response["late"] != nil {
			t.Errorf("ended %s after %d attempts: %s", r.Status, r.Attempts, r.Error)
		}
	})
}

// What expires without an answer leaves by the edge for errors, never by the one
// of an answer.
func TestQuestionThatExpiresIsAFailure(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, between(`{"id":"n","kind":"human","config":{"question":"Go on?","expires_in":"1ms"}}`), time.Hour)
		if r := w.expire(t, id); r.Status != run.StatusCompleted || r.Response["late"] != true {
			t.Errorf("ended %s with %v: %s", r.Status, r.Response, r.Error)
		}
	})
}

func TestAnswerAndItsVariablesDecideTheWay(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.work(t)
		id := w.start(t, `
			{"nodes": [{"id":"start","kind":"start"},
			           {"id":"n","kind":"human","config":{"question":"Ship {{ message }}?","options":["yes","no"]},"capture":{"answer":"output.answer","by":"output.by"}},
			           {"id":"ship","kind":"transform","config":{"set":{"shipped":"{{ vars.to }}"}}},{"id":"end","kind":"end"}],
			 "edges": [{"from":"start","to":"n"},{"from":"n","to":"ship","when":"vars.answer == 'yes' && vars.to == 'PROD'"},
			           {"from":"n","to":"end","else":true},{"from":"ship","to":"end"}]}`, time.Hour)
		if r := w.until(t, id, waits); r.Reason != run.ForInput || !r.RequiresInput() {
			t.Errorf("waits for %s", r.Reason)
		}
		w.answer(t, id, "n", run.Answer{
			Decision: run.Given, Output: json.RawMessage(`"yes"`), By: "key:ops", Variables: map[string]json.RawMessage{"to": json.RawMessage(`"PROD"`)},
		})
		r := w.until(t, id, terminal)
		if r.Response["shipped"] != "PROD" || r.Response["by"] != "key:ops" || r.Response["to"] != "PROD" {
			t.Errorf("ended %s with %v: %s", r.Status, r.Response, r.Error)
		}
	})
}

// A system that is quick answers before its own call has returned.
func TestCallbackThatComesEarlyIsHeard(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asks, _, err := w.tenant.Asks(t.Context(), store.AskFilter{Status: store.AskOpen}, store.Page{})
			if err != nil || len(asks) != 1 {
				t.Errorf("asked %v, %v", asks, err)
				return
			}
			_, _, err = w.tenant.Answer(t.Context(), asks[0].ID, run.Answer{Decision: run.Given, Output: json.RawMessage(`{"n":5}`), By: "callback"})
			if err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(quick.Close)
		w.door.Allow = []string{strings.TrimPrefix(quick.URL, "http://")}
		w.work(t)
		id := w.start(t, between(fmt.Sprintf(`{"id":"n","kind":"callback","capture":{"n":"output.body.n"},
			"config":{"http":{"method":"POST","url":%q,"json":{"to":"{{ callback.url }}"}}}}`, quick.URL)), time.Hour)
		if r := w.until(t, id, terminal); r.Status != run.StatusCompleted || fmt.Sprint(r.Response["n"]) != "5" {
			t.Errorf("ended %s with %v: %s", r.Status, r.Response, r.Error)
		}
	})
}

// A call that failed is answered by nobody: what its step asked is closed.
func TestStepThatFailedWaitsForNobody(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		closed := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) }))
		t.Cleanup(closed.Close)
		w.door.Allow = []string{strings.TrimPrefix(closed.URL, "http://")}
		w.work(t)
		id := w.start(t, fmt.Sprintf(`
			{"nodes": [{"id":"start","kind":"start"},
			           {"id":"n","kind":"callback","config":{"http":{"method":"POST","url":%q,"json":{"to":"{{ callback.url }}"}}}},
			           {"id":"person","kind":"human","config":{"question":"It failed. Go on?"}},{"id":"end","kind":"end"}],
			 "edges": [{"from":"start","to":"n"},{"from":"n","to":"end"},{"from":"n","to":"person","on":"error"},{"from":"person","to":"end"}]}`, closed.URL), time.Hour)
		w.until(t, id, waits)
		for status, node := range map[store.AskStatus]string{store.AskClosed: "n", store.AskOpen: "person"} {
			asks, _, err := w.tenant.Asks(t.Context(), store.AskFilter{Run: id, Status: status}, store.Page{})
			if err != nil || len(asks) != 1 || asks[0].Step.Node != node || (asks[0].SettledAt != nil) != (status == store.AskClosed) {
				t.Errorf("%s: %+v, %v; want that of %s", status, asks, err, node)
			}
		}
		// The end of a run that waits closes what it asked.
		if _, err := w.tenant.Cancel(t.Context(), id, run.Requested); err != nil {
			t.Fatal(err)
		}
		asks, _, err := w.tenant.Asks(t.Context(), store.AskFilter{Run: id, Status: store.AskClosed}, store.Page{})
		if err != nil || len(asks) != 2 || asks[0].SettledAt == nil {
			t.Errorf("%+v, %v", asks, err)
		}
	})
}

// Many more runs wait than the worker has slots, and it goes on with others.
func TestRunsThatWaitHoldNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.work(t) // with four slots
	graph := w.graph(t, "aside", between(`{"id":"n","kind":"human","config":{"question":"Go on?"}}`))
	ids := make([]uuid.UUID, 50)
	for i := range ids {
		ids[i] = w.accept(t, graph.ID, time.Hour)
	}
	for _, id := range ids {
		w.until(t, id, waits)
	}
	other := w.start(t, sleeper("1ms"), time.Hour)
	if r := w.until(t, other, terminal); r.Status != run.StatusCompleted {
		t.Errorf("beside them a run ended %s", r.Status)
	}
}
