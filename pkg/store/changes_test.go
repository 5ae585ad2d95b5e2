package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Starts lock the counters of many workspaces, and every change of one of these
// counts itself there: nobody may hold what the other one wants.
func TestChangesAndStartsNeverWaitInACircle(t *testing.T) {
	t.Parallel()
	const rounds = 25
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	var working sync.WaitGroup
	for range 3 {
		w, mac := recalled(t, s)
		for n := range 8 {
			g := unnamed("")
			g.Name = fmt.Sprintf("more-%d", n)
			_, _, err := w.PutTrigger(t.Context(), g, nil)
			must(t, err)
		}
		for _, move := range moves(w) {
			working.Go(func() {
				for n := range rounds {
					if err := move(t.Context(), n); err != nil && !errors.Is(err, fault.Conflict) {
						t.Error(err)
					}
				}
			})
		}
		for range 2 {
			working.Go(func() {
				for range rounds {
					startUpon(t, s, w, mac)
				}
			})
		}
	}
	working.Wait()
	found, err := s.Fleet().Audit(t.Context())
	must(t, err)
	if found["counters_drift"] != 0 {
		t.Errorf("the counters of %d workspaces do not say what the rows say", found["counters_drift"])
	}
	must(t, s.Close()) // what its connections have counted is told when they end
	if n := deadlocks(t, url); n > 0 {
		t.Errorf("%d transactions waited in a circle", n)
	}
}

// moves are changes of a workspace, of one row and of many.
func moves(w world) []func(ctx context.Context, n int) error {
	status := []trigger.Status{trigger.Paused, trigger.Active}
	all := func(trigger.Trigger) bool { return true }
	return []func(ctx context.Context, n int) error{
		func(ctx context.Context, n int) error {
			return failure(w.SetTriggerStatus(ctx, fmt.Sprintf("more-%d", n%8), status[n%2], "test"))
		},
		func(ctx context.Context, n int) error {
			if n%2 == 0 {
				return failure(w.PauseTriggers(ctx, store.TriggerFilter{Kind: "api"}, "test", all))
			}
			return failure(w.ResumeTriggers(ctx, store.TriggerFilter{Kind: "api"}, "test", all))
		},
		func(ctx context.Context, n int) error {
			_, _, err := w.PutGraph(ctx, says("digest", fmt.Sprintf("good day %d", n)), nil)
			return err
		},
		func(ctx context.Context, n int) error {
			return failure(w.Assign(ctx, "DEV", "digest", 1+n%2, "test"))
		},
		func(ctx context.Context, n int) error {
			return failure(w.ChangeWorkspace(ctx, nil, func(ws tenant.Workspace) tenant.Workspace { ws.Limits.Running = 10 + n; return ws }))
		},
	}
}

// startUpon starts a run as a gateway does: by what it remembers, and by what it
// asks for when that is not true any more.
func startUpon(t *testing.T, s *store.Store, w world, mac []byte) {
	if e, ok := s.Recall(mac, "nightly", "DEV"); ok {
		_, err := w.Upon(e.Basis()).Accept(t.Context(), w.start())
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrOutdated) {
			t.Error(err)
		}
	}
	if _, err := s.Enter(t.Context(), mac, "nightly", "DEV"); err != nil {
		t.Error(err)
	}
	if _, err := w.Accept(t.Context(), w.start()); err != nil {
		t.Error(err)
	}
}

// deadlocks is how many the database has ended.
func deadlocks(t *testing.T, url string) (n int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer c.Close(t.Context()) //nolint:errcheck // it only asked
	must(t, c.QueryRow(t.Context(), `select deadlocks from pg_stat_database where datname = current_database()`).Scan(&n))
	return n
}
