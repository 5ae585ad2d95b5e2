package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// till counts what is bought at each path; what is sold out is 404.
type till struct {
	*httptest.Server
	mu      sync.Mutex
	bought  map[string]int
	soldOut string
}

func newTill(t *testing.T) *till {
	t.Helper()
	p := &till{bought: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.URL.Path == p.soldOut {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		p.bought[r.URL.Path]++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	t.Cleanup(p.Close)
	return p
}

// sells is what from now on is sold out, and forgets what was bought.
func (p *till) sells(allBut string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bought, p.soldOut = map[string]int{}, allBut
}

func (p *till) all() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bought
}

// chain is a graph that buys a, lets another graph buy b and c, and buys d.
func (w *world) chain(t *testing.T, url string) string {
	t.Helper()
	buy := func(id string) string {
		return fmt.Sprintf(`{"id":%[1]q,"kind":"tool","config":{"http":{"method":"GET","url":"%[2]s/%[1]s"}},"capture":{"v_%[1]s":"output.body.path"}}`, id, url)
	}
	w.graph(t, "inner", `{"nodes":[{"id":"start","kind":"start"},`+buy("b")+`,`+buy("c")+`,{"id":"end","kind":"end"}],
		"edges":[{"from":"start","to":"b"},{"from":"b","to":"c"},{"from":"c","to":"end"}]}`)
	return `{"nodes":[{"id":"start","kind":"start"},` + buy("a") + `,
			{"id":"call","kind":"graph","config":{"graph":"inner"},"capture":{"v_b":"output.v_b","v_c":"output.v_c"}},` + buy("d") + `,{"id":"end","kind":"end"}],
		"edges":[{"from":"start","to":"a"},{"from":"a","to":"call"},{"from":"call","to":"d"},{"from":"d","to":"end"}]}`
}

// replay starts a run again from there.
func (w *world) replay(t *testing.T, of run.Run, from string) uuid.UUID {
	t.Helper()
	again := run.Start{Limit: time.Hour, Run: of}
	again.Run.ID = uuid.Must(uuid.NewV7())
	again.Run.Cause = run.Cause{Kind: "replay", ReplayOf: of.ID.String(), From: from}
	if _, err := w.tenant.Accept(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	return again.Run.ID
}

func TestReplayOfAFailedGraphRepeatsNoPaidCall(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, p := newWorld(t, s), newTill(t)
		w.door.Allow = []string{strings.TrimPrefix(p.URL, "http://")}
		definition := w.chain(t, p.URL)
		w.work(t)
		said := func(r run.Run) string {
			return fmt.Sprint(r.Response["v_a"], r.Response["v_b"], r.Response["v_c"], r.Response["v_d"])
		}
		calm := w.until(t, w.start(t, definition, time.Hour), terminal)
		if calm.Status != run.StatusCompleted || said(calm) != "/a/b/c/d" {
			t.Fatalf("undisturbed it ended %s with %s (%s)", calm.Status, said(calm), calm.Error)
		}
		for _, c := range []struct {
			soldOut, from string
			bought        map[string]int
		}{
			{"/d", run.FromFailed, map[string]int{"/d": 1}},
			{"/d", "d", map[string]int{"/d": 1}},
			{"/d", "call", map[string]int{"/b": 1, "/c": 1, "/d": 1}},
			{"/d", "a", map[string]int{"/a": 1, "/b": 1, "/c": 1, "/d": 1}},
			{"/d", "start", map[string]int{"/a": 1, "/b": 1, "/c": 1, "/d": 1}},
			{"/c", run.FromFailed, map[string]int{"/c": 1, "/d": 1}}, // the inner graph goes on where it failed
			{"/a", run.FromFailed, map[string]int{"/a": 1, "/b": 1, "/c": 1, "/d": 1}},
		} {
			p.sells(c.soldOut)
			failed := w.until(t, w.start(t, definition, time.Hour), terminal)
			if failed.Status != run.StatusFailed {
				t.Fatalf("%s is sold out and the run is %s", c.soldOut, failed.Status)
			}
			p.sells("")
			again := w.until(t, w.replay(t, failed, c.from), terminal)
			if again.Status != run.StatusCompleted || said(again) != said(calm) {
				t.Errorf("from %s: ended %s with %s (%s)", c.from, again.Status, said(again), again.Error)
			}
			if d := cmp.Diff(c.bought, p.all()); d != "" {
				t.Errorf("%s was sold out, replayed from %s: %s", c.soldOut, c.from, d)
			}
		}
	})
}

func TestReplayOfARunThatIsGoneSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.work(t)
	first := w.until(t, w.start(t, echo, time.Hour), terminal)
	first.ID = uuid.New()
	r := w.until(t, w.replay(t, first, run.FromFailed), terminal)
	if r.ErrorCode != run.NodeFailed || r.Error != "the run that is to be repeated does not exist any more" {
		t.Errorf("ended %s %s: %s", r.Status, r.ErrorCode, r.Error)
	}
}
