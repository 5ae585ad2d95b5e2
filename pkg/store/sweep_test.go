package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestLostRunIsTriedAgainAfterAPause(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		swept, err := f.SweepLeases(ctx, 10)
		f.check(err)
		if swept.Total() != 0 {
			t.Error("a living lease was swept")
		}
		before, err := s.Clock(ctx)
		f.check(err)
		if got := f.lose(); got.Requeued != 1 || got.Total() != 1 {
			t.Errorf("swept %+v, want one requeued", got)
		}
		after, err := s.Clock(ctx)
		f.check(err)
		next, err := s.NextAt(l.Run)
		f.check(err)
		if next.Before(before.Add(time.Second)) || next.After(after.Add(time.Second)) {
			t.Errorf("tried again at %v, want a second after the sweep between %v and %v", next, before, after)
		}
		r := f.status(l.Run, run.StatusPending, run.WorkerLost, 0, 1)
		if r.Crashes != 1 || r.Attempts != 1 || r.Epoch != 1 {
			t.Errorf("lost run is %+v", r)
		}
		f.attempt(l, "lost")
		f.exec(`update runs set next_at = '2999-01-01T00:00:00.000000Z'`)
		if got := f.admit(); len(got) != 0 {
			t.Error("a run that pauses was given a slot")
		}
		f.awake()
		if got := f.admit(); len(got) != 1 {
			t.Error("a run whose pause is over was not admitted")
		}
		f.healthy()
	})
}

func TestThreeCrashesInARowEndARunUnlessAStepWasCompleted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		l := f.running()
		seq := 0
		again := func() {
			t.Helper()
			f.awake()
			f.admit()
			l.Epoch = f.claim(1)[0].Run.Epoch
		}
		for crash, progress := range []bool{false, false, true, false, false} {
			if progress {
				seq++
				f.check(f.Append(t.Context(), l, []run.Record{step(seq, "a")}))
			}
			if got := f.lose(); got.Requeued != 1 {
				t.Fatalf("crash %d: swept %+v, want a requeue", crash+1, got)
			}
			again()
		}
		if got := f.lose(); got.Failed != 1 {
			t.Errorf("third crash in a row: swept %+v, want a failure", got)
		}
		r := f.status(l.Run, run.StatusFailed, run.Reason(run.LostWorker), 0, 0)
		if r.ErrorCode != run.LostWorker || r.Crashes != 3 || r.Attempts != 6 {
			t.Errorf("run is %+v", r)
		}
		f.attempt(l, "lost")
		f.healthy()
	})
}

func TestLostRunThatWasToStopIsOver(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 2, 10)
		cancelled := f.running()
		_, err := f.tenant.Cancel(t.Context(), cancelled.Run, run.Requested)
		f.check(err)
		sync := begin()
		sync.Run.Class, sync.Deadline = run.Sync, 150*time.Second
		f.accept(sync)
		if got, err := f.ClaimReady(t.Context(), run.Sync, "worker", 1); len(got) != 1 || err != nil {
			t.Fatalf("claimed %v, %v", got, err)
		}
		f.exec(`update runs set deadline_at = created_at where class = 'sync'`)
		got := f.lose()
		if got.Cancelled != 1 || got.Failed != 1 || !slices.Equal(got.Ended, []uuid.UUID{cancelled.Run, sync.Run.ID}) {
			t.Errorf("swept %+v; want one cancelled, one failed, and both named", got)
		}
		f.status(cancelled.Run, run.StatusCancelled, run.Requested, 0, 0)
		f.status(sync.Run.ID, run.StatusFailed, run.Reason(run.DeadlineExceeded), 0, 0)
		f.healthy()
	})
}

func TestDeadlineIsKeptEvenWithABeatingHeart(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 2, 10)
		within, beyond := f.running(), f.running()
		r := f.read(beyond.Run)
		f.exec(`update runs set deadline_at = ? where id = ?`, r.CreatedAt.UTC().Format("2006-01-02T15:04:05.000000Z"), within.Run)
		f.exec(`update runs set deadline_at = ? where id = ?`, r.CreatedAt.Add(-run.Grace).UTC().Format("2006-01-02T15:04:05.000000Z"), beyond.Run)
		swept, err := f.SweepDeadlines(ctx, 10)
		f.check(err)
		if swept.Failed != 1 || swept.Total() != 1 {
			t.Errorf("swept %+v, want the one beyond its grace", swept)
		}
		f.status(within.Run, run.StatusRunning, "", 1, 0)
		f.status(beyond.Run, run.StatusFailed, run.Reason(run.DeadlineExceeded), 1, 0)
		f.attempt(beyond, "failed")
	})
}

func TestPendingRunsExpire(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 3, 10)
		started := begin()
		started.StartBy = time.Hour
		f.accept(started)
		f.claim(1)
		f.check(f.Release(ctx, run.Lease{Run: started.Run.ID, Epoch: 1}, nil))
		f.exec(`update runs set start_by = created_at`)

		late, dead, patient := begin(), begin(), begin()
		late.StartBy, dead.Deadline, dead.Run.Class = time.Microsecond, time.Microsecond, run.Sync
		patient.StartBy, patient.Deadline = time.Hour, time.Hour
		for _, start := range []run.Start{late, dead, patient} {
			f.accept(start)
		}
		swept, err := f.SweepExpired(ctx, 10)
		f.check(err)
		if swept.Failed != 2 || swept.Total() != 2 || !slices.Equal(swept.Ended, []uuid.UUID{late.Run.ID, dead.Run.ID}) {
			t.Errorf("swept %+v; want the two that are too late", swept)
		}
		f.status(late.Run.ID, run.StatusFailed, run.Reason(run.StartExpired), 0, 2)
		f.status(dead.Run.ID, run.StatusFailed, run.Reason(run.DeadlineExceeded), 0, 2)
		f.status(patient.Run.ID, run.StatusPending, run.WorkspaceCap, 0, 2)
		f.status(started.Run.ID, run.StatusPending, run.WorkspaceCap, 0, 2)
		f.healthy()
	})
}

func TestBellRingsAgainWhenNobodyCame(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 2, 10)
		a, b := f.accept(begin()), f.accept(begin())
		f.accept(begin())
		due := func() []run.Lease {
			t.Helper()
			leases, err := f.Due(ctx, run.Background, 10)
			f.check(err)
			return leases
		}
		if got := due(); len(got) != 0 {
			t.Errorf("%d bells are due just after they rang", len(got))
		}
		f.exec(`update runs set bell_at = created_at where id = ?`, a.Run)
		if got := due(); !slices.Equal(got, []run.Lease{{Run: a.Run}}) {
			t.Errorf("due are %v, want %s", got, a.Run)
		}
		if got := due(); len(got) != 0 {
			t.Error("a bell that was just rung is due again")
		}
		if n, err := f.Unring(ctx); n != 2 || err != nil {
			t.Errorf("Unring = %d, %v; want the two admitted runs", n, err)
		}
		if got := due(); len(got) != 2 {
			t.Errorf("after Redis lost its data %d bells are due, want %s and %s", len(got), a.Run, b.Run)
		}
	})
}

func TestDriftedCountersAreFoundAndRepaired(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f, other := t.Context(), newFleet(t, s, 2, 10), newFleet(t, s, 2, 10)
		f.running()
		f.accept(begin())
		f.accept(begin())
		other.accept(begin())
		f.exec(`update workspace_counters set admitted = 7, queued = 0 where workspace_id = ?`, f.ws)
		found, err := f.Audit(ctx)
		f.check(err)
		if found["counters_drift"] != 1 {
			t.Errorf("audit found %v, want one workspace drifted", found)
		}
		if n, err := f.RepairCounters(ctx); n != 1 || err != nil {
			t.Errorf("RepairCounters = %d, %v; want 1", n, err)
		}
		f.counters(2, 1)
		other.counters(1, 0)
		f.healthy()
	})
}

func TestAuditSeesWhatTheLoopsLeftUndone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"lease_stale":           `update runs set lease_until = '2020-01-01T00:00:00.000000Z' where status = 'running'`,
		"deadline_ignored":      `update runs set deadline_at = '2020-01-01T00:00:00.000000Z' where status = 'running'`,
		"bell_stale":            `update runs set bell_at = '2020-01-01T00:00:00.000000Z' where admit_epoch = epoch and status = 'pending'`,
		"queue_stuck":           `update runs set next_at = '2020-01-01T00:00:00.000000Z' where admit_epoch < epoch and status = 'pending'`,
		"epoch_without_attempt": `delete from attempts where outcome = ''`,
		"finished_by_nobody":    `update attempts set outcome = 'lost' where outcome = 'completed'`,
		"completed_twice":       `update attempts set outcome = 'completed'`,
		"ask_overdue":           `update asks set until = '2020-01-01T00:00:00.000000Z'`,
		"waits_for_nothing":     `delete from asks`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				ctx, f := t.Context(), newFleet(t, s, 4, 10)
				twice := f.running()
				f.check(f.Release(ctx, twice, nil))
				f.admit()
				twice.Epoch = f.claim(1)[0].Run.Epoch
				f.check(f.finish(twice))
				asks := f.running()
				f.check(f.Append(ctx, asks, []run.Record{waiting(1, "ask", run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput})}))
				f.check(f.Wait(ctx, asks, run.ForInput, 0, nil))
				queued := f.running()
				f.running()
				f.accept(begin())
				f.check(f.Release(ctx, queued, nil))
				f.healthy()
				f.exec(spoil)
				found, err := f.Audit(ctx)
				f.check(err)
				if found[name] == 0 {
					t.Errorf("audit found %v", found)
				}
			})
		})
	}
}

func TestWaitingRunsAreCountedByWhatTheyWaitFor(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 4, 10)
		for _, why := range []run.Reason{run.ForTimer, run.ForInput, run.ForTimer} {
			f.check(f.Wait(ctx, f.running(), why, 0, nil))
		}
		f.running()
		counts, err := f.Waiting(ctx)
		if want := map[run.Reason]int{run.ForTimer: 2, run.ForInput: 1}; err != nil || !maps.Equal(counts, want) {
			t.Errorf("Waiting = %v, %v; want %v", counts, err, want)
		}
	})
}

func TestStatsCountWhatIsReadyAndRunning(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 2, 10)
		f.running()
		f.accept(begin())
		f.accept(begin())
		f.exec(`update runs set turn_at = '2020-01-01T00:00:00.000000Z' where status = 'pending'`)
		ready, oldest, running, err := f.Stats(t.Context())
		if ready != 1 || running != 1 || oldest < 24*time.Hour || err != nil {
			t.Errorf("Stats = %d, %v, %d, %v; want one ready since 2020 and one running", ready, oldest, running, err)
		}
	})
}
