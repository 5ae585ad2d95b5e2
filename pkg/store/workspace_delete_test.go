package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

// fill gives the world one row in every table that a tenant can fill, and some
// runs that are over.
func (w world) fill(t *testing.T, s *store.Store) (runs []uuid.UUID) {
	t.Helper()
	ctx := t.Context()
	_, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("mac of "+w.workspace.Name))
	must(t, err)
	_, _, err = w.CreateTrigger(ctx, unnamed("Once"), store.Once{Key: "k", Hash: []byte{1}, TTL: time.Hour})
	must(t, err)
	for range 5 {
		start := w.start()
		start.IdempotencyScope, start.IdempotencyKey, start.Hash = "t", start.Run.ID.String(), []byte{1}
		must(t, failure(w.Accept(ctx, start)))
		lease := claimed(t, s, start.Run.ID)
		record := run.Record{Seq: 1, Epoch: lease.Epoch, At: time.Now(), Type: run.StepStarted, Node: "say"}
		must(t, s.Fleet().Finish(ctx, lease, run.Outcome{Status: run.StatusCompleted}, []run.Record{record}))
		runs = append(runs, start.Run.ID)
	}
	return runs
}

// claimed is the lease of a run that was admitted.
func claimed(t *testing.T, s *store.Store, id uuid.UUID) run.Lease {
	t.Helper()
	claims, err := s.Fleet().ClaimReady(t.Context(), run.Background, "w", 100)
	must(t, err)
	for _, c := range claims {
		if c.Run.ID == id {
			return run.Lease{Run: id, Epoch: c.Run.Epoch}
		}
	}
	t.Fatalf("run %s is not ready", id)
	return run.Lease{}
}

func TestDeletedWorkspaceLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		runs := w.fill(t, s)
		before, err := s.Left(w.workspace.ID, runs...)
		must(t, err)
		if len(before) < 13 {
			t.Fatalf("only %v to delete", before)
		}
		must(t, w.DeleteWorkspace(ctx, nil, "key:admin"))
		_, _, err = s.Authenticate(ctx, []byte("mac of "+w.workspace.Name))
		refused(t, err, fault.Unauthenticated)
		refused(t, failure(w.Accept(ctx, w.start())), fault.NotFound)
		refused(t, failure(w.Workspace(ctx)), fault.NotFound)
		refused(t, w.DeleteWorkspace(ctx, nil, "key:admin"), fault.NotFound)
		must(t, failure(s.CreateWorkspace(ctx, tenant.Workspace{Name: w.workspace.Name})))

		rounds := 0
		for more := true; more; rounds++ {
			if more, err = s.Fleet().SweepWorkspaces(ctx, 2); err != nil {
				t.Fatal(err)
			}
		}
		left, err := s.Left(w.workspace.ID, runs...)
		must(t, err)
		if len(left) > 0 || rounds < 3 {
			t.Errorf("after %d rounds there is left: %v", rounds, left)
		}
	})
}

func TestWhatThereAreMillionsOfIsNotDeletedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		id := w.workspace.ID.String()
		for i := range 5 {
			at := fmt.Sprintf("'2026-01-0%dT00:00:00.000000Z'", i+1)
			must(t, s.Exec(`insert into fires (trigger_id, nominal_at, environment, workspace_id, until_at, disposition, decided_at)
 values ('`+id+`', `+at+`, 'DEV', '`+id+`', `+at+`, 'started', `+at+`)`))
			must(t, s.Exec(`insert into idempotency_keys (workspace_id, scope, key, hash, run_id, expires_at)
 values ('`+id+`', 'delivery', `+at+`, '', '`+id+`', `+at+`)`))
		}
		must(t, w.DeleteWorkspace(ctx, nil, "key:admin"))
		for _, want := range []int{5, 3, 1, 0} {
			left, err := s.Left(w.workspace.ID)
			must(t, err)
			if left["fires"] != want || left["idempotency_keys"] != want {
				t.Errorf("there is left %v, want %d of each", left, want)
			}
			must(t, failure(s.Fleet().SweepWorkspaces(ctx, 2)))
		}
	})
}

// Whoever adds a table of a tenant's says here what becomes of it.
func TestDeletionPassesNoTableBy(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		passed, err := s.NotEmptied()
		must(t, err)
		if len(passed) > 0 {
			t.Errorf("the deletion of a workspace leaves rows in %v", passed)
		}
		must(t, s.Exec(`create table forgotten (workspace_id text)`))
		passed, err = s.NotEmptied()
		must(t, err)
		if !slices.Equal(passed, []string{"forgotten"}) {
			t.Errorf("a table that is passed by is not noticed: %v", passed)
		}
	})
}

func TestDeletedWorkspaceLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		mine.fill(t, s)
		runs := theirs.fill(t, s)
		before, err := s.Left(theirs.workspace.ID, runs...)
		must(t, err)
		must(t, mine.DeleteWorkspace(ctx, &mine.workspace.Revision, "key:admin"))
		for more := true; more; {
			more, err = s.Fleet().SweepWorkspaces(ctx, 100)
			must(t, err)
		}
		after, err := s.Left(theirs.workspace.ID, runs...)
		must(t, err)
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("the other workspace lost something: %s", d)
		}
	})
}

func TestWorkspaceWithRunsGoingOnIsNotDeleted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		stale := 7
		for name, prepare := range map[string]func(w world){
			"pending": func(w world) { must(t, failure(w.Accept(ctx, w.start()))) },
			"running": func(w world) {
				start := w.start()
				must(t, failure(w.Accept(ctx, start)))
				claimed(t, s, start.Run.ID)
			},
			"waiting": func(w world) {
				start := w.start()
				must(t, failure(w.Accept(ctx, start)))
				must(t, s.Fleet().Wait(ctx, claimed(t, s, start.Run.ID), run.OutcomeUnknown, 0, nil))
			},
		} {
			w := newWorld(t, s)
			refused(t, w.DeleteWorkspace(ctx, &stale, "x"), fault.RevisionMismatch)
			prepare(w)
			err := w.DeleteWorkspace(ctx, nil, "key:admin")
			refused(t, err, fault.Conflict)
			if err == nil || !strings.HasPrefix(err.Error(), "1 runs are pending, running or waiting") {
				t.Errorf("%s: %v", name, err)
			}
			must(t, failure(w.Graph(ctx, "digest")))
		}
	})
}

// A start that meets the deletion either is a run of a workspace that stays or
// is refused: no run is left behind that nobody can reach.
func TestStartAndDeletionDoNotBothSucceed(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for range 20 {
			w := newWorld(t, s)
			var both sync.WaitGroup
			var accepted, deleted error
			both.Go(func() { accepted = failure(w.Accept(ctx, w.start())) })
			both.Go(func() { deleted = w.DeleteWorkspace(ctx, nil, "x") })
			both.Wait()
			if (accepted == nil) == (deleted == nil) {
				t.Errorf("accept: %v, delete: %v", accepted, deleted)
			}
			if accepted != nil && !errors.Is(accepted, fault.NotFound) {
				t.Error(accepted)
			}
		}
	})
}

func TestWorkspaceAndItsFirstKeyComeTogether(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		admin := key.Key{Name: "admin", Scopes: key.Scopes}
		w, err := s.CreateWorkspaceWithKey(ctx, tenant.Workspace{Name: "acme"}, admin, []byte("mac"))
		must(t, err)
		k, in, err := s.Authenticate(ctx, []byte("mac"))
		must(t, err)
		if k.Name != "admin" || in.ID != w.ID {
			t.Errorf("the key opens %v", in)
		}
		// The value is in use: neither comes to be.
		_, err = s.CreateWorkspaceWithKey(ctx, tenant.Workspace{Name: "other"}, admin, []byte("mac"))
		refused(t, err, fault.Conflict)
		_, err = s.WorkspaceByName(ctx, "other")
		refused(t, err, fault.NotFound)
	})
}
