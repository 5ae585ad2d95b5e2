package store_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// keyed is a start that may be repeated.
func keyed(key, hash string) run.Start {
	s := begin()
	s.IdempotencyScope, s.IdempotencyKey, s.Hash, s.KeyTTL = "trigger/DEV", key, []byte(hash), time.Hour
	return s
}

func TestAcceptedRunReadsAsItWasGiven(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 1)
		start := begin()
		start.Run.TriggerID, start.Run.Trigger = uuid.Must(uuid.NewV7()), "nightly"
		start.Run.Class, start.Run.Tags = run.Sync, []string{"a", "ü"}
		start.Run.Message = "\u202e\u200b\x1b[31m \\u0000 is only text"
		start.Run.UserVariables = map[string]any{
			"big": json.Number("90071992547409931234567"), "int": int64(9007199254740993), "deep": map[string]any{"list": []any{1.5, nil, true, "x"}},
		}
		start.Deadline, start.StartBy = 150*time.Second, 30*time.Second
		before, err := s.Clock(t.Context())
		f.check(err)
		if a := f.accept(start); a != (run.Accepted{Run: start.Run.ID, Fresh: true, Admitted: true}) {
			t.Errorf("Accept = %+v, want a fresh admitted run", a)
		}
		got := f.read(start.Run.ID)
		if got.CreatedAt.Before(before) || got.DeadlineAt == nil || got.DeadlineAt.Sub(got.CreatedAt) != 150*time.Second {
			t.Errorf("created %v, deadline %v; want after %v and 150 s later", got.CreatedAt, got.DeadlineAt, before)
		}
		want := start.Run
		want.Workspace, want.Status, want.Reason = f.ws, run.StatusPending, run.Queued
		want.CreatedAt, want.DeadlineAt = got.CreatedAt, got.DeadlineAt
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("stored run differs (-want +got):\n%s", d)
		}
		f.healthy()
	})
}

func TestRunOfAnotherWorkspaceIsNotFound(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newFleet(t, s, 1, 1), newFleet(t, s, 1, 1)
		a := mine.accept(begin())
		_, err := theirs.tenant.Run(t.Context(), a.Run)
		refused(t, err, fault.NotFound)
		_, err = theirs.tenant.Cancel(t.Context(), a.Run, run.Requested)
		refused(t, err, fault.NotFound)
		runs, _, err := theirs.tenant.Runs(t.Context(), store.RunFilter{}, store.Page{})
		theirs.check(err)
		if len(runs) != 0 {
			t.Errorf("another workspace lists %d runs", len(runs))
		}
		mine.status(a.Run, run.StatusPending, run.Queued, 1, 0)
	})
}

func TestAcceptWithoutWorkspaceIsNotFound(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		_, err := s.In(uuid.Must(uuid.NewV7())).Accept(t.Context(), keyed("k", "h"))
		refused(t, err, fault.NotFound)
	})
}

func TestTextThatCannotBeStoredIsInvalid(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	f := newFleet(t, s, 1, 1)
	for name, spoil := range map[string]func(*run.Run){
		"message":  func(r *run.Run) { r.Message = "a\x00b" },
		"utf-8":    func(r *run.Run) { r.Message = "\xff" },
		"variable": func(r *run.Run) { r.UserVariables = map[string]any{"a": "\x00"} },
		"tag":      func(r *run.Run) { r.Tags = []string{"\x00"} },
	} {
		start := begin()
		spoil(&start.Run)
		if _, err := f.tenant.Accept(t.Context(), start); fault.Of(err).Code != fault.CodeInvalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

func TestRepeatsInABatchTakeNoPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 2)
		f.running()
		accepted, errs := s.AcceptBatch(t.Context(), f.ws, keyed("a", "h"), keyed("a", "h"), keyed("a", "h"), begin(), begin())
		for n, full := range []bool{false, false, false, false, true} {
			if got := errors.Is(errs[n], fault.QueueFull); got != full || errs[n] != nil && !full {
				t.Errorf("start %d: %v, want a full queue: %t", n, errs[n], full)
			}
		}
		if accepted[1].Run != accepted[0].Run || accepted[2].Run != accepted[0].Run {
			t.Errorf("one key was answered with %v", accepted[:3])
		}
		f.counters(1, 2)
	})
}

func TestRepeatsOfEarlierStartsTakeNoPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 3)
		f.running()
		f.accept(keyed("a", "h"))
		_, errs := s.AcceptBatch(t.Context(), f.ws, keyed("a", "h"), keyed("a", "h"), keyed("b", "h"), keyed("b", "h"), begin())
		for _, err := range errs {
			must(t, err)
		}
		f.counters(1, 3)
	})
}

func TestSameKeyOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 10, 10)
		first := f.accept(keyed("k", "h"))
		again := f.accept(keyed("k", "h"))
		if again != (run.Accepted{Run: first.Run}) {
			t.Errorf("repeat = %+v, want run %s, not fresh", again, first.Run)
		}
		_, err := f.tenant.Accept(t.Context(), keyed("k", "other"))
		refused(t, err, fault.IdempotencyConflict)
		f.counters(1, 0)

		elsewhere := keyed("k", "h")
		elsewhere.IdempotencyScope = "trigger/PROD"
		if a := f.accept(elsewhere); !a.Fresh {
			t.Error("the same key in another scope did not start a run")
		}
		if a := newFleet(t, s, 1, 1).accept(keyed("k", "h")); !a.Fresh {
			t.Error("the same key in another workspace did not start a run")
		}
		f.exec(`update idempotency_keys set expires_at = (select min(created_at) from runs)`)
		if a := f.accept(keyed("k", "other")); !a.Fresh {
			t.Error("an expired key did not start a run")
		}
		f.exec(`update idempotency_keys set expires_at = (select min(created_at) from runs)`)
		if n, err := f.SweepKeys(t.Context(), 2); n != 2 || err != nil {
			t.Errorf("SweepKeys = %d, %v; want 2", n, err)
		}
		if n, err := f.SweepKeys(t.Context(), 2); n != 1 || err != nil {
			t.Errorf("SweepKeys = %d, %v; want the last one", n, err)
		}
	})
}

func TestFiftyCallersOfOneKeyGetOneRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 50, 50)
		const callers = 50
		got := make([]run.Accepted, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				var err error
				if got[i], err = f.tenant.Accept(t.Context(), keyed("k", "h")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		fresh := 0
		for _, a := range got {
			if a.Fresh {
				fresh++
			}
			if a.Run != got[0].Run {
				t.Errorf("two runs for one key: %s and %s", a.Run, got[0].Run)
			}
		}
		if fresh != 1 {
			t.Errorf("%d callers were told that their run is fresh, want 1", fresh)
		}
		f.counters(1, 0)
		f.healthy()
	})
}

func TestOneBatchSameKeyTwiceIsOneRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 50, 50)
		a, b, other := keyed("k", "h"), keyed("k", "h"), keyed("k", "other")
		got, errs := s.AcceptBatch(t.Context(), f.ws, a, b, other, begin())
		must(t, errs[0])
		must(t, errs[1])
		refused(t, errs[2], fault.IdempotencyConflict)
		must(t, errs[3])
		if !got[0].Fresh || got[1] != (run.Accepted{Run: a.Run.ID}) || !got[3].Fresh {
			t.Errorf("answers are %+v", got)
		}
		f.counters(2, 0)
	})
}

func TestOneBatchBadRowFailsAlone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 50, 50)
		good, bad := begin(), begin()
		bad.Run.Class = "neither"
		got, errs := s.AcceptBatch(t.Context(), f.ws, good, bad, begin())
		if errs[0] != nil || errs[1] == nil || errs[2] != nil || !got[0].Admitted || !got[2].Admitted {
			t.Errorf("answers are %+v, %v; want only the second refused", got, errs)
		}
		f.counters(2, 0)
	})
}

func TestOneBatchFullQueueRefusesTheSurplusAndItsKeys(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 1)
		a, b, c := keyed("a", "h"), keyed("b", "h"), keyed("c", "h")
		got, errs := s.AcceptBatch(t.Context(), f.ws, a, b, c, keyed("c", "h"))
		must(t, errs[0])
		must(t, errs[1])
		refused(t, errs[2], fault.QueueFull)
		refused(t, errs[3], fault.QueueFull)
		if !got[0].Admitted || got[1].Admitted {
			t.Errorf("answers are %+v; want one admitted, one queued", got)
		}
		f.status(a.Run.ID, run.StatusPending, run.Queued, 1, 1)
		f.status(b.Run.ID, run.StatusPending, run.WorkspaceCap, 1, 1)
		_, err := f.tenant.Run(t.Context(), c.Run.ID)
		refused(t, err, fault.NotFound)
		f.claim(1)
		f.check(f.finish(run.Lease{Run: a.Run.ID, Epoch: 1}))
		f.admit()
		if again := f.accept(keyed("c", "another hash: the key is free")); !again.Fresh || again.Admitted {
			t.Errorf("refused start repeated = %+v; want a fresh queued run", again)
		}
		f.healthy()
	})
}

func TestOneBatchSynchronousRunsOvertakeTheQueue(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 2, 50)
		f.accept(begin())
		f.accept(begin())
		f.accept(begin())
		f.check(f.finish(run.Lease{Run: f.claim(1)[0].Run.ID, Epoch: 1}))
		late, waits := begin(), begin()
		waits.Run.Class = run.Sync
		got, errs := s.AcceptBatch(t.Context(), f.ws, late, waits)
		must(t, errs[0])
		must(t, errs[1])
		if got[0].Admitted || !got[1].Admitted {
			t.Errorf("answers are %+v; want the synchronous one admitted", got)
		}
		f.counters(2, 2)
	})
}

func TestKeyOfAnUncommittedStartIsInProgress(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	f := newFleet(t, s, 10, 10)
	other, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { must(t, other.Close(t.Context())) })
	tx, err := other.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `insert into idempotency_keys values ($1, 'trigger/DEV', 'k', 'h', $2, now() + interval '1 hour')`, f.ws, uuid.New())
	must(t, err)

	_, err = f.tenant.Accept(t.Context(), keyed("k", "h"))
	refused(t, err, fault.IdempotencyInProgress)
	if f := fault.Of(err); f.RetryAfter != time.Second || strings.Contains(f.Message, "lock") {
		t.Errorf("fault is %+v; want one that says to come back in a second", f)
	}
	must(t, tx.Rollback(t.Context()))
	if a := f.accept(keyed("k", "h")); !a.Fresh {
		t.Error("a key whose first use was rolled back did not start a run")
	}
}
