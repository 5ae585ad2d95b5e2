package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// A statement that waits for counters began before what it waits for was
// committed: it has to judge by what is there when it gets hold of them.
func TestStartsThatWaitForCountersSeeWhatIsThereThen(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(run.Start) run.Start{
		"WithoutKeys": func(s run.Start) run.Start { return s },
		"WithKeys": func(s run.Start) run.Start {
			s.IdempotencyScope, s.IdempotencyKey, s.Hash = "trigger/DEV", s.Run.ID.String(), []byte("hash")
			return s
		},
	}
	for name, c := range map[string]struct {
		meanwhile []string
		upon      bool
		wants     []error
		runs      int
	}{
		"KeyRevoked": {
			[]string{`update keys set revoked_at = now() where workspace_id = $1`}, true,
			[]error{store.ErrOutdated, store.ErrOutdated, store.ErrOutdated}, 0,
		},
		"SlotsTaken": {
			[]string{`update workspace_counters set admitted = cap - 1, queue_cap = 1 where workspace_id = $1`}, true,
			[]error{nil, nil, fault.QueueFull}, 2,
		},
		"WorkspaceDeleted": {
			[]string{`delete from workspace_counters where workspace_id = $1`}, false,
			[]error{fault.NotFound, fault.NotFound, fault.NotFound}, 0,
		},
		"WorkspaceDeletedUnderABasis": {
			[]string{`delete from workspace_counters where workspace_id = $1`}, true,
			[]error{store.ErrOutdated, store.ErrOutdated, store.ErrOutdated}, 0,
		},
	} {
		for kind, made := range kinds {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()
				url := storetest.PostgresURL(t)
				s, err := store.Postgres(t.Context(), url, storetest.Options())
				must(t, err)
				t.Cleanup(func() { must(t, s.Close()) })
				w, mac := recalled(t, s)
				bases := make([]*store.Basis, 3)
				if b := basis(t, s, mac); c.upon {
					bases = []*store.Basis{b, b, b}
				}
				starts := []run.Start{made(w.start()), made(w.start()), made(w.start())}
				var errs []error
				during(t, url, w.workspace.ID, c.meanwhile, func() {
					_, errs = s.AcceptUpon(t.Context(), w.workspace.ID, bases, starts...)
				})
				for i, want := range c.wants {
					if !errors.Is(errs[i], want) {
						t.Errorf("start %d: %v, want %v", i, errs[i], want)
					}
				}
				runs, _, err := w.Runs(t.Context(), store.RunFilter{}, store.Page{})
				must(t, err)
				if len(runs) != c.runs {
					t.Errorf("%d runs, want %d", len(runs), c.runs)
				}
			})
		}
	}
}

// during commits changes of a workspace while f waits for them.
func during(t *testing.T, url string, ws uuid.UUID, changes []string, f func()) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer c.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // what it did is committed
	tx, err := c.Begin(t.Context())
	must(t, err)
	for _, text := range changes {
		must(t, failure(tx.Exec(t.Context(), text, ws)))
	}
	must(t, failure(tx.Exec(t.Context(), `set constraints all immediate`)))
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	for waits := 0; waits == 0; {
		must(t, tx.QueryRow(t.Context(), `select count(*) from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid))`).Scan(&waits))
	}
	must(t, tx.Commit(t.Context()))
	<-done
}

// Two send the same start at once, and only one of them by what he remembers.
func TestWhoRestsUponNothingHearsOfNoChange(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w, mac := recalled(t, s)
	b := basis(t, s, mac)
	must(t, failure(w.Assign(t.Context(), "DEV", "digest", 2, "test")))
	first, second := withKey(w.start()), withKey(w.start())
	got, errs := s.AcceptUpon(t.Context(), w.workspace.ID, []*store.Basis{b, nil}, first, second)
	if !errors.Is(errs[0], store.ErrOutdated) {
		t.Errorf("the start upon what has changed: %+v, %v", got[0], errs[0])
	}
	if errs[1] != nil || got[1].Run != second.Run.ID || !got[1].Fresh {
		t.Errorf("the start upon nothing: %+v, %v", got[1], errs[1])
	}
}

// Who waits in vain for an idempotency key was not compared with anything.
func TestStartThatGaveUpProvesNothing(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	w, mac := recalled(t, s)
	b := basis(t, s, mac)
	must(t, failure(w.RevokeKey(t.Context(), "k", w.graph.UpdatedAt)))
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer c.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing is kept
	tx, err := c.Begin(t.Context())
	must(t, err)
	start := withKey(w.start())
	must(t, failure(tx.Exec(t.Context(), `insert into idempotency_keys (workspace_id, scope, key, hash, run_id, expires_at)
 values ($1, $2, $3, $4, $5, now() + interval '1 hour')`, w.workspace.ID, start.IdempotencyScope, start.IdempotencyKey, start.Hash, uuid.New())))
	_, err = w.Upon(b).Accept(t.Context(), start)
	refused(t, err, fault.IdempotencyInProgress)
	if b.Proven() {
		t.Error("the key was revoked, and the start passes for proven")
	}
}
