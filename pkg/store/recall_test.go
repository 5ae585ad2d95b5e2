package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// recalled is a world whose entry is remembered. Its graph has a second build.
func recalled(t *testing.T, s *store.Store) (w world, mac []byte) {
	t.Helper()
	w = newWorld(t, s)
	_, _, err := w.PutGraph(t.Context(), says("digest", "good day"), nil)
	must(t, err)
	_, _, err = w.Freeze(t.Context(), "digest", "test")
	must(t, err)
	mac = []byte("mac of " + w.workspace.Name)
	must(t, failure(w.CreateKey(t.Context(), key.Key{Name: "k", Handle: "k123456789"}, mac)))
	must(t, failure(s.Enter(t.Context(), mac, "nightly", "DEV")))
	return w, mac
}

func basis(t *testing.T, s *store.Store, mac []byte) *store.Basis {
	t.Helper()
	e, ok := s.Recall(mac, "nightly", "DEV")
	if !ok {
		t.Fatal("nothing is recalled of an entry that was just made")
	}
	return e.Basis()
}

func TestStartUponWhatStillHoldsIsAccepted(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w, mac := recalled(t, s)
	b := basis(t, s, mac)
	k, err := w.Key(t.Context(), "k")
	must(t, err)
	must(t, s.TouchKey(t.Context(), k.ID, time.Now())) // that it is used is no change of it
	plain, again, keyed := w.start(), w.start(), withKey(w.start())
	for _, start := range []run.Start{plain, again, keyed} {
		a, err := w.Upon(b).Accept(t.Context(), start)
		must(t, err)
		if !a.Fresh || a.Run != start.Run.ID || !b.Proven() {
			t.Errorf("accepted %+v, proven %v", a, b.Proven())
		}
	}
	a, err := w.Upon(b).Accept(t.Context(), withKey(w.start()))
	must(t, err)
	if a.Fresh || a.Run != keyed.Run.ID || !b.Proven() {
		t.Errorf("repeated: %+v, proven %v; want run %s", a, b.Proven(), keyed.Run.ID)
	}
}

func TestStartUponWhatHasChangedIsNot(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	for name, change := range map[string]func(ctx context.Context, w world) error{
		"KeyRevoked": func(ctx context.Context, w world) error { return failure(w.RevokeKey(ctx, "k", time.Now())) },
		"KeyRotated": func(ctx context.Context, w world) error {
			_, _, err := w.RotateKey(ctx, "k", key.Key{Handle: "k987654321"}, []byte("next of "+w.workspace.Name), time.Now(), time.Hour)
			return err
		},
		"WorkspacePaused": func(ctx context.Context, w world) error {
			return failure(w.ChangeWorkspace(ctx, nil, func(ws tenant.Workspace) tenant.Workspace { ws.TriggersPaused = true; return ws }))
		},
		"TriggerPaused": func(ctx context.Context, w world) error {
			return failure(w.SetTriggerStatus(ctx, "nightly", trigger.Paused, "test"))
		},
		"TriggersPaused": func(ctx context.Context, w world) error {
			_, err := w.PauseTriggers(ctx, store.TriggerFilter{}, "test", func(trigger.Trigger) bool { return true })
			return err
		},
		"TriggerDeleted": func(ctx context.Context, w world) error { return w.DeleteTrigger(ctx, "nightly") },
		"GraphEdited": func(ctx context.Context, w world) error {
			_, _, err := w.PutGraph(ctx, says("digest", "good evening"), nil)
			return err
		},
		"BuildAssigned": func(ctx context.Context, w world) error {
			return failure(w.Assign(ctx, "DEV", "digest", 2, "test"))
		},
		"TenantOfAnother": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, mac := recalled(t, s)
			b := basis(t, s, mac)
			repeated := withKey(w.start())
			repeated.IdempotencyKey = "again"
			must(t, failure(w.Accept(t.Context(), repeated)))
			if change != nil {
				must(t, change(t.Context(), w))
			} else {
				w, _ = recalled(t, s) // another workspace's tenant
			}
			for _, start := range []run.Start{w.start(), withKey(w.start())} {
				_, err := w.Upon(b).Accept(t.Context(), start)
				if !errors.Is(err, store.ErrOutdated) || b.Proven() {
					t.Errorf("Accept: %v, proven %v", err, b.Proven())
				}
				_, err = w.Run(t.Context(), start.Run.ID)
				refused(t, err, fault.NotFound)
			}
			// Nor is who repeats a start told which run it was.
			again := withKey(w.start())
			again.IdempotencyKey = "again"
			if a, err := w.Upon(b).Accept(t.Context(), again); !errors.Is(err, store.ErrOutdated) {
				t.Errorf("repeated: %+v, %v", a, err)
			}
			// The key of the start that was turned away is free.
			must(t, failure(w.Accept(t.Context(), withKey(w.start()))))
		})
	}
}

func withKey(s run.Start) run.Start {
	s.IdempotencyScope, s.IdempotencyKey, s.Hash = "trigger/DEV", "once", []byte("hash")
	return s
}

func TestSQLiteRecallsNothing(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	_, mac := recalled(t, s)
	if _, ok := s.Recall(mac, "nightly", "DEV"); ok {
		t.Error("an entry is recalled that no start could prove")
	}
}
