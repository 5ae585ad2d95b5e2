package gateway

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// looked counts how a store is asked how a run stands.
type looked struct {
	api.Store
	looks, proofs atomic.Int64
}

func (l *looked) Look(ctx context.Context, mac []byte, id uuid.UUID, records int) (store.Sight, error) {
	l.looks.Add(1)
	return l.Store.Look(ctx, mac, id, records)
}

func (l *looked) Still(ctx context.Context, mac []byte, id uuid.UUID, state string) (bool, error) {
	l.proofs.Add(1)
	return l.Store.Still(ctx, mac, id, state)
}

// A gateway remembers how it showed runs. Whatever happens to one, to the key or
// to its workspace, the next poll hears of.
func TestPollNeverShowsWhatWasTrueBefore(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		for name, c := range map[string]struct {
			change func(s *side, l run.Lease)
			status int
			field  string // of the answer, and
			value  any
		}{
			"NothingChanged": {func(*side, run.Lease) {}, http.StatusOK, "status", "pending"}, // a run under way is pending here
			"Ended": {func(s *side, l run.Lease) { must(t, s.g.store.Fleet().Finish(t.Context(), l, ended, nil)) },
				http.StatusOK, "status", "completed"},
			"LogWritten": {func(s *side, l run.Lease) {
				must(t, s.g.store.Fleet().Append(t.Context(), l, []run.Record{{Seq: 2, Type: run.LogLine, Data: []byte(`{"level":"info","message":"half way"}`)}}))
			}, http.StatusOK, "logs", "half way"},
			"KeyRevoked": {func(s *side, _ run.Lease) { revoke(s) }, http.StatusUnauthorized, "", nil},
			"KeyExpired": {func(s *side, _ run.Lease) {
				s.g.ahead.Add(int64(24 * time.Hour))
				t.Cleanup(func() { s.g.ahead.Add(-int64(24 * time.Hour)) })
			}, http.StatusUnauthorized, "", nil},
		} {
			t.Run(name, func(t *testing.T) {
				side := g.side("ws-" + name)
				lease := side.under(t)
				expires := g.env.Now().Add(time.Hour)
				k := side.plain
				if name == "KeyExpired" {
					k = side.key("brief", key.Key{Scopes: key.Presets["invoke"], ExpiresAt: &expires})
				}
				poll := func() *reply {
					return g.do(http.MethodGet, "/trigger/status/"+side.ws.Name+"/"+lease.Run.String(), "", bearer(k))
				}
				for range 3 {
					poll().is(http.StatusOK)
				}
				c.change(side, lease)
				got := poll().is(c.status)
				switch c.field {
				case "status":
					if got.field("status") != c.value {
						t.Error(got.body)
					}
				case "logs":
					lines := got.field("logs").([]any)
					if lines[len(lines)-1].(map[string]any)["message"] != c.value {
						t.Error(got.body)
					}
				}
			})
		}
	})
}

// under is a run of the tenant that a worker has begun.
func (s *side) under(t *testing.T) run.Lease {
	t.Helper()
	s.started()
	claims, err := s.g.store.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	l := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	must(t, s.g.store.Fleet().Append(t.Context(), l, []run.Record{{Seq: 1, Type: run.RunStarted}}))
	return l
}

func TestPollOfWhatWasShownIsOneSmallQuestion(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.Postgres(t))
	side := g.side("ws1")
	lease := side.under(t)
	must(t, g.store.Fleet().Finish(t.Context(), lease, ended, nil))
	door := doorOf(fresh(g), wait.NewRoom(nil, poll), slow)
	counting := &looked{Store: g.store}
	door.Store = counting
	h := door.Handler()
	ask := func(k secret.Secret, more ...with) *recorder {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/trigger/status/ws1/"+lease.Run.String(), http.NoBody)
		must(t, err)
		for _, o := range append(more, bearer(k)) {
			o(r)
		}
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		return w
	}
	k := side.key("other", key.Key{Scopes: key.Presets["invoke"]})
	first := ask(k)
	for n, want := range []struct{ looks, proofs int64 }{{2, 1}, {2, 2}, {2, 3}} { // the first use of a key is noted on it
		if got := ask(k); got.status != http.StatusOK || got.body.String() != first.body.String() || got.header.Get("ETag") != first.header.Get("ETag") {
			t.Errorf("poll %d: %d %s %v; first %s %v", n, got.status, got.body.String(), got.header, first.body.String(), first.header)
		}
		if counting.looks.Load() != want.looks || counting.proofs.Load() != want.proofs {
			t.Errorf("poll %d: %d looks and %d proofs, want %+v", n, counting.looks.Load(), counting.proofs.Load(), want)
		}
	}
	if got := ask(k, header("If-None-Match", first.header.Get("ETag"))); got.status != http.StatusNotModified || got.body.Len() > 0 || counting.looks.Load() != 2 {
		t.Errorf("%d %s after %d looks", got.status, got.body.String(), counting.looks.Load())
	}
	// What one key was shown is nothing to another one.
	if ask(side.dev); counting.looks.Load() != 3 {
		t.Errorf("%d looks, want 3", counting.looks.Load())
	}
	// Who prefers to wait is told of what is, and nothing is kept of it.
	if got := ask(k, prefer("1")); got.status != http.StatusOK || counting.looks.Load() != 4 {
		t.Errorf("%d after %d looks", got.status, counting.looks.Load())
	}
	g.ahead.Add(int64(2 * time.Minute)) // the key's use is noted, and the view is too old
	if ask(k); counting.looks.Load() != 5 {
		t.Errorf("%d looks, want 5", counting.looks.Load())
	}
}

// gone is a store of which nobody hears in time.
type gone struct {
	looked
	left func() // is called while a caller waits
}

func (g *gone) Still(ctx context.Context, mac []byte, id uuid.UUID, state string) (bool, error) {
	if g.left != nil {
		g.left()
		return false, fault.New(fault.Unavailable, "nothing was heard of the database")
	}
	return g.looked.Still(ctx, mac, id, state)
}

// When the database was away, nothing is proven any more by what it said before.
// That a caller has left means nothing for the others.
func TestViewsAreForgottenWhenTheDatabaseIsAwayAndNotWhenACallerLeaves(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.Postgres(t))
	side := g.side("ws1")
	lease := side.under(t)
	must(t, g.store.Fleet().Finish(t.Context(), lease, ended, nil))
	door := doorOf(fresh(g), wait.NewRoom(nil, poll), slow)
	away := &gone{looked: looked{Store: g.store}}
	door.Store = away
	h := door.Handler()
	ask := func(ctx context.Context) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/trigger/status/ws1/"+lease.Run.String(), http.NoBody)
		must(t, err)
		bearer(side.plain)(r)
		h.ServeHTTP(&recorder{header: http.Header{}}, r)
	}
	for range 3 { // the first use of a key is noted on it
		ask(t.Context())
	}
	before := away.looks.Load()
	brief, leave := context.WithCancel(t.Context())
	away.left = leave
	ask(brief)
	away.left = nil
	if ask(t.Context()); away.looks.Load() != before {
		t.Error("a caller who left took the view of another one along")
	}
	away.left = func() {}
	ask(t.Context())
	away.left = nil
	if ask(t.Context()); away.looks.Load() != before+1 {
		t.Errorf("%d looks after the database was away, want one", away.looks.Load()-before)
	}
}
