package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

// starter is a graph that starts another and keeps what it says.
func starter(name string) string {
	return fmt.Sprintf(`
		{"nodes": [{"id":"start","kind":"start"},
		           {"id":"call","kind":"graph","config":{"graph":%q,"message":"{{ message }}!","variables":{"n":9007199254740993}},"capture":{"heard":"output.?answer.orValue(output.?heard.orValue(null))","n":"output.n"}},
		           {"id":"end","kind":"end"}],
		 "edges": [{"from":"start","to":"call"},{"from":"call","to":"end"}]}`, name)
}

const echo = `
	{"nodes": [{"id":"start","kind":"start"},{"id":"echo","kind":"transform","config":{"set":{"answer":"{{ message }}"}}},{"id":"end","kind":"end"}],
	 "edges": [{"from":"start","to":"echo"},{"from":"echo","to":"end"}]}`

// children are the runs that a run has started.
func (w *world) children(t *testing.T, parent uuid.UUID) (children []run.Run) {
	t.Helper()
	all, _, err := w.tenant.Runs(t.Context(), store.RunFilter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Cause.ParentRun == parent.String() {
			children = append(children, r)
		}
	}
	return children
}

func TestGraphIsARunOfItsOwnAndReturns(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.graph(t, "echo", echo)
		w.work(t)
		id := w.start(t, starter("echo"), time.Hour)
		r := w.until(t, id, terminal)
		if r.Status != run.StatusCompleted || r.Response["heard"] != "hello!" || r.Response["n"] != int64(9007199254740993) {
			t.Errorf("ended %s with %v (%s)", r.Status, r.Response, r.Error)
		}
		children := w.children(t, id)
		if len(children) != 1 {
			t.Fatalf("it has %d children", len(children))
		}
		c := children[0]
		if c.Status != run.StatusCompleted || c.Graph != "echo" || c.Environment != "DEV" || c.ThreadID != r.ThreadID || c.Class != r.Class ||
			c.Cause.Kind != "graph" || c.Cause.Depth != 1 || c.Message != "hello!" {
			t.Errorf("the child is %+v", c)
		}
	})
}

// Every one of a chain needs a slot while it executes, and none while it waits.
func TestAWorkspaceWithOneSlotGetsThroughADeepChain(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorldOf(t, s, tenant.Limits{Running: 1, Pending: 1})
		w.graph(t, "g1", echo)
		for i := 2; i <= run.MaxDepth; i++ {
			w.graph(t, fmt.Sprint("g", i), starter(fmt.Sprint("g", i-1)))
		}
		w.work(t)
		id := w.start(t, starter(fmt.Sprint("g", run.MaxDepth)), time.Hour)
		if r := w.until(t, id, terminal); r.Status != run.StatusCompleted {
			t.Errorf("ended %s: %s", r.Status, r.Error)
		}
		slots, err := w.tenant.Slots(t.Context())
		if err != nil || slots.Running != 0 || slots.Pending != 0 {
			t.Errorf("in the end %+v are taken, %v", slots, err)
		}
	})
}

func TestDepthIsLimitedAndTheLimitIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.graph(t, "again", starter("again"))
	w.work(t)
	id := w.start(t, starter("again"), time.Hour)
	r := w.until(t, id, terminal)
	if r.Status != run.StatusFailed || r.ErrorCode != run.LimitExceeded || !strings.Contains(r.Error, "at most 5 deep") {
		t.Errorf("ended %s %s: %s", r.Status, r.ErrorCode, r.Error)
	}
	all, _, err := w.tenant.Runs(t.Context(), store.RunFilter{}, store.Page{})
	if err != nil || len(all) != 1+run.MaxDepth {
		t.Errorf("%d runs, %v", len(all), err)
	}
}

func TestGraphThatIsNotThereSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	if _, _, err := w.tenant.PutGraph(t.Context(), graph.Graph{Name: "draft"}, nil); err != nil {
		t.Fatal(err)
	}
	w.work(t)
	for name, says := range map[string]string{
		"nobody": `graph "nobody" does not exist`, "draft": `no build of graph "draft" is assigned to DEV`,
	} {
		r := w.until(t, w.start(t, starter(name), time.Hour), terminal)
		if r.ErrorCode != run.NoBuild || r.Error != says {
			t.Errorf("%s: ended %s %s: %s", name, r.Status, r.ErrorCode, r.Error)
		}
	}
}

func TestCancelReachesWhatTheRunHasStarted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.graph(t, "sleeper", sleeper("1m"))
		w.graph(t, "middle", starter("sleeper"))
		w.work(t)
		id := w.start(t, starter("middle"), time.Hour)
		w.until(t, id, func(r run.Run) bool { return r.Status == run.StatusWaiting && r.Reason == run.ForChild })
		middle := w.children(t, id)[0].ID
		w.until(t, middle, func(r run.Run) bool { return r.Status == run.StatusWaiting })
		leaf := w.children(t, middle)[0].ID
		w.until(t, leaf, running)
		if _, err := w.tenant.Cancel(t.Context(), id, run.Requested); err != nil {
			t.Fatal(err)
		}
		for of, reason := range map[uuid.UUID]run.Reason{id: run.Requested, middle: run.ParentEnded, leaf: run.ParentEnded} {
			if r := w.until(t, of, terminal); r.Status != run.StatusCancelled || r.Reason != reason {
				t.Errorf("ended %s because %s, want %s", r.Status, r.Reason, reason)
			}
		}
	})
}

// A run that fails beside its child does not leave it behind.
func TestFailureReachesWhatTheRunHasStarted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		gate := newGate(t)
		w.allow(gate)
		w.graph(t, "sleeper", sleeper("1m"))
		w.work(t)
		id := w.start(t, fmt.Sprintf(`
			{"nodes": [{"id":"start","kind":"start"},
			           {"id":"call","kind":"graph","config":{"graph":"sleeper"}},
			           {"id":"get","kind":"tool","config":{"http":{"method":"GET","url":%q}}},
			           {"id":"no","kind":"fail","config":{"error":"boom"}},
			           {"id":"end","kind":"end"}],
			 "edges": [{"from":"start","to":"call"},{"from":"start","to":"get"},{"from":"get","to":"no"},{"from":"call","to":"end"},{"from":"no","to":"end"}]}`, gate.URL), time.Hour)
		gate.await(t)
		for deadline := time.Now().Add(20 * time.Second); len(w.children(t, id)) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the child was not started")
			}
		}
		child := w.children(t, id)[0].ID
		w.until(t, child, running)
		gate.open()
		if r := w.until(t, id, terminal); r.Error != "boom" {
			t.Errorf("ended %s: %s", r.Status, r.Error)
		}
		if r := w.until(t, child, terminal); r.Status != run.StatusCancelled || r.Reason != run.ParentEnded {
			t.Errorf("the child ended %s because %s", r.Status, r.Reason)
		}
	})
}

func TestDeadlineReachesWhatTheRunHasStarted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.graph(t, "sleeper", sleeper("1m"))
		w.work(t)
		id := w.start(t, starter("sleeper"), time.Second)
		r := w.until(t, id, terminal)
		if r.ErrorCode != run.DeadlineExceeded {
			t.Errorf("ended %s: %s %s", r.Status, r.ErrorCode, r.Error)
		}
		if c := w.children(t, id)[0]; c.ErrorCode != run.DeadlineExceeded {
			t.Errorf("the child ended %s: %s %s", c.Status, c.ErrorCode, c.Error)
		}
	})
}
