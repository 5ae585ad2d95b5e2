package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// hasty is a graph that writes down what it has when so much time is left.
func hasty(node, before string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"}, %s,
		           {"id":"rest","kind":"transform","config":{"set":{"complete":false,"why":"{{ nodes.work.error.code }}","had":"{{ nodes.work.?partial.orValue(null) }}","left":"{{ run.remaining_s }}"}}},
		           {"id":"end","kind":"end"},{"id":"early","kind":"end"}],
		 "edges": [{"from":"start","to":"work"},{"from":"work","to":"end"},{"from":"work","to":"rest","on":"deadline","before":%q},{"from":"rest","to":"early"}]}`, node, before)
}

// list is a map over a server that answers only for the first items.
func list(url string) string {
	return fmt.Sprintf(`{"id":"work","kind":"map","config":{"over":"[1, 2, 3, 4]","node":"get","arguments":{"n":"{{ item }}"},"parallel":1}},
		{"id":"get","kind":"tool","callable":true,"parameters":{"type":"object","properties":{"n":{"type":"integer"}}},"config":{"http":{"method":"GET","url":"%s/{{ args.n }}"}}}`, url)
}

// slowly is a server that answers two calls and no more.
func slowly(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/1" && r.URL.Path != "/2" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok":true}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// A run whose time is nearly over goes on where its edge for that leads, with
// what there was by then.
func TestDeadlineEdgeWritesAPartialResult(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, server := newWorld(t, s), slowly(t)
		w.door.Allow = []string{strings.TrimPrefix(server.URL, "http://")}
		w.work(t)
		r := w.until(t, w.start(t, hasty(list(server.URL), "58s"), time.Minute), terminal)
		if r.Status != run.StatusCompleted || r.Response["complete"] != false || r.Response["why"] != "deadline_exceeded" {
			t.Fatalf("ended %s with %v (%s)", r.Status, r.Response, r.Error)
		}
		had, _ := r.Response["had"].(map[string]any)
		results, _ := had["results"].([]any)
		if len(results) != 4 || results[0] == nil || results[1] == nil || results[2] != nil {
			t.Errorf("it had %v", had)
		}
		if left, _ := r.Response["left"].(int64); left < 50 || left > 58 {
			t.Errorf("%v s were left", r.Response["left"])
		}
	})
}

func TestDeadlineEdgeKeepsTimeForTheParentOfAChild(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.graph(t, "sleeper", sleeper("1m"))
		w.work(t)
		id := w.start(t, hasty(`{"id":"work","kind":"graph","config":{"graph":"sleeper"}}`, "58s"), time.Minute)
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCompleted || r.Response["why"] != "deadline_exceeded" {
			t.Errorf("ended %s with %v (%s)", r.Status, r.Response, r.Error)
		}
		if c := w.children(t, id)[0]; c.ErrorCode != run.DeadlineExceeded {
			t.Errorf("the child ended %s %s", c.Status, c.ErrorCode)
		}
	})
}

// What must not be repeated is not stopped under way, and not begun when it is
// too late.
func TestDeadlineEdgeStopsNothingOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	w, g := newWorld(t, storetest.SQLite(t)), newGate(t)
	w.allow(g)
	w.work(t)
	pay := fmt.Sprintf(`{"id":"work","kind":"tool","config":{"http":{"method":"POST","url":%q}}}`, g.URL)
	id := w.start(t, hasty(pay, "59s"), time.Minute)
	g.await(t)
	time.AfterFunc(1500*time.Millisecond, g.open)
	if r := w.until(t, id, terminal); r.Status != run.StatusCompleted || r.Response["complete"] != nil {
		t.Errorf("ended %s with %v (%s)", r.Status, r.Response, r.Error)
	}
	r := w.until(t, w.start(t, hasty(pay, "2m"), time.Minute), terminal)
	if r.Response["complete"] != false || len(g.asked) != 0 {
		t.Errorf("it was begun %d times and ended %s with %v (%s)", len(g.asked), r.Status, r.Response, r.Error)
	}
}
