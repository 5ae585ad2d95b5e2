package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// Connections are cut again and again while runs are accepted and finished:
// whoever was told an id finds the run, nobody gets another error than "come
// back", and nothing is counted twice.
func TestCutConnectionsLoseNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	f := newFleet(t, s, 1000, 1000)
	axe, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { must(t, axe.Close(t.Context())) })

	const callers, calls, cuts = 8, 30, 12
	answered := make(chan uuid.UUID)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				answered <- insist(t, f, keyed(uuid.NewString(), "h"))
			}
		})
	}
	accepted := make([]uuid.UUID, 0, callers*calls)
	for len(accepted) < callers*calls {
		accepted = append(accepted, <-answered)
		if len(accepted)%(callers*calls/cuts) == 0 {
			_, err := axe.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid()`)
			must(t, err)
		}
	}
	all.Wait()
	for _, id := range accepted {
		f.read(id)
	}
	for range 10 {
		_ = s.Ping(t.Context()) // each connection that was cut says so once
	}
	f.counters(callers*calls, 0)
	f.healthy()
}

// insist starts a run as a client does that repeats with its key while it is
// told to come back.
func insist(t *testing.T, f fleet, start run.Start) uuid.UUID {
	for {
		a, err := f.tenant.Accept(t.Context(), start)
		if err == nil {
			return a.Run
		}
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("accept: %v", err)
			return uuid.Nil
		}
	}
}

func TestDatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	_, err := store.Postgres(t.Context(), "postgres://nobody@127.0.0.1:1/none", store.Options{})
	refused(t, err, fault.Unavailable)
	s := storetest.SQLite(t)
	f := newFleet(t, s, 1, 1)
	must(t, s.Close())
	_, err = f.tenant.Accept(t.Context(), begin())
	refused(t, err, fault.Unavailable)
	_, err = f.tenant.Cancel(t.Context(), uuid.New(), run.Requested)
	refused(t, err, fault.Unavailable)
	must(t, s.Close())
}
