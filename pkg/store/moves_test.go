package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestRunThatWorksIsCompleted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		a := f.accept(begin())
		claims := f.claim(10)
		if len(claims) != 1 || claims[0].Run.ID != a.Run || claims[0].Left != time.Hour {
			t.Fatalf("claims are %+v; want the accepted run with an hour left", claims)
		}
		l := run.Lease{Run: a.Run, Epoch: 1}
		r := f.status(a.Run, run.StatusRunning, "", 1, 0)
		if r.Epoch != 1 || r.Attempts != 1 || r.StartedAt == nil || !r.DeadlineAt.Equal(r.StartedAt.Add(time.Hour)) {
			t.Errorf("claimed run is %+v", r)
		}
		f.check(f.Append(ctx, l, []run.Record{{Seq: 1, At: time.Now(), Type: run.RunStarted}, step(2, "a")}))
		beats, err := f.Beat(ctx, []run.Lease{l, {Run: a.Run, Epoch: 7}, {Run: uuid.New(), Epoch: 1}})
		f.check(err)
		if len(beats) != 1 || beats[a.Run] != (store.Beat{}) {
			t.Errorf("beats are %v; want one without a wish to cancel", beats)
		}
		f.check(f.Finish(ctx, l, run.Outcome{
			Status: run.StatusCompleted, Response: map[string]any{"n": int64(9007199254740993)}, Usage: run.Usage{ModelCalls: 2, USD: 0.5},
		}, []run.Record{step(3, "b")}))

		r = f.status(a.Run, run.StatusCompleted, "", 0, 0)
		if r.Response["n"] != int64(9007199254740993) || r.Usage.ModelCalls != 2 || r.FinishedAt == nil || r.ErrorCode != "" {
			t.Errorf("completed run is %+v", r)
		}
		f.attempt(l, "completed")
		records, err := f.tenant.Journal(ctx, a.Run, 1, 10)
		f.check(err)
		if len(records) != 2 || records[0].Seq != 2 || records[1].Node != "b" || records[1].Epoch != 1 || string(records[0].Data) != `{"output": "a"}` {
			t.Errorf("journal after 1 is %+v", records)
		}
		last, err := f.tenant.LastLogs(ctx, a.Run, 2)
		f.check(err)
		if len(last) != 2 || last[0].Seq != 2 || last[1].Seq != 3 {
			t.Errorf("last two records are %+v", last)
		}
		_, err = f.tenant.Cancel(ctx, a.Run, run.Requested)
		refused(t, err, fault.AlreadyFinished)
		f.healthy()
	})
}

func TestQueuedRunsAreAdmittedWhenThereIsRoomOldestFirst(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		f.accept(begin())
		second, third := f.accept(begin()), f.accept(begin())
		if second.Admitted || third.Admitted {
			t.Error("the cap of one admitted three")
		}
		if got := f.admit(); len(got) != 0 {
			t.Errorf("admitted %v beyond the cap", got)
		}
		c := f.claim(10)
		if len(c) != 1 {
			t.Fatalf("claimed %d runs, want the admitted one", len(c))
		}
		f.check(f.finish(run.Lease{Run: c[0].Run.ID, Epoch: 1}))
		if got := f.admit(); len(got) != 1 || got[0] != (run.Lease{Run: second.Run}) {
			t.Errorf("admitted %v, want %s at epoch 0", got, second.Run)
		}
		f.status(second.Run, run.StatusPending, run.Queued, 1, 1)
		f.status(third.Run, run.StatusPending, run.WorkspaceCap, 1, 1)
		f.healthy()
	})
}

func TestPostponedRunIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		f.check(f.Postpone(ctx, l, time.Hour))
		r := f.status(l.Run, run.StatusPending, run.Backoff, 0, 1)
		if r.Attempts != 0 || r.Epoch != 1 || r.Crashes != 0 {
			t.Errorf("postponed run is %+v", r)
		}
		f.attempt(l, "released")
		if got := f.admit(); len(got) != 0 {
			t.Errorf("admitted %v within the pause", got)
		}
		f.awake()
		if got := f.admit(); len(got) != 1 || got[0] != l {
			t.Errorf("admitted %v behind the pause, want %v", got, l)
		}
		if c := f.claim(10); len(c) != 1 || c[0].Run.Attempts != 1 || !c[0].Run.DeadlineAt.Equal(*r.DeadlineAt) {
			t.Errorf("second claim is %+v; want attempt 1, the same deadline", c)
		}
		f.healthy()
	})
}

func TestReleasedRunGoesOnElsewhereWithoutACountedAttempt(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		f.check(f.Release(ctx, l, []run.Record{step(1, "a")}))
		r := f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		if r.Attempts != 0 || r.Epoch != 1 || r.Crashes != 0 {
			t.Errorf("released run is %+v", r)
		}
		f.attempt(l, "released")
		if got := f.claim(10); len(got) != 0 {
			t.Error("a released run was claimed before it was admitted anew")
		}
		if got := f.admit(); len(got) != 1 || got[0] != l {
			t.Fatalf("admitted %v, want %v", got, l)
		}
		c := f.claim(10)
		if len(c) != 1 || c[0].Run.Epoch != 2 || c[0].Run.Attempts != 1 || !c[0].Run.DeadlineAt.Equal(*r.DeadlineAt) {
			t.Errorf("second claim is %+v; want epoch 2, attempt 1, the same deadline", c)
		}
		f.healthy()
	})
}

func TestWaitingRunStopsItsClockUntilAnswered(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		ask := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput, Question: json.RawMessage(`{"text":"Go on?"}`)}
		f.check(f.Append(ctx, l, []run.Record{waiting(1, "a", ask)}))
		f.check(f.Wait(ctx, l, run.ForInput, 0, nil))
		r := f.status(l.Run, run.StatusWaiting, run.ForInput, 0, 0)
		if r.DeadlineAt != nil {
			t.Error("the deadline clock runs while the run waits")
		}
		f.attempt(l, "waiting")
		asked, r, err := f.tenant.Answer(ctx, ask.ID, run.Answer{Decision: run.Given, Output: json.RawMessage(`"yes"`), By: "ada"})
		f.check(err)
		if r.Status != run.StatusPending || asked.Status != store.AskAnswered || asked.Answer.By != "ada" || asked.SettledAt == nil {
			t.Errorf("answered run is %s, the ask %+v", r.Status, asked)
		}
		f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		f.admit()
		c := f.claim(1)
		if len(c) != 1 || c[0].Left > time.Hour || c[0].Left < time.Hour-time.Minute || c[0].Run.Attempts != 2 {
			t.Errorf("claim after the answer is %+v; want the rest of the hour", c)
		}
		settled, err := store.SettledOf(ctx, f.tenant, c[0].Run)
		f.check(err)
		if len(settled) != 1 || settled[0].Ask != ask.ID || string(settled[0].Answer.Output) != `"yes"` || c[0].Answers != 1 {
			t.Errorf("the next attempt hears %+v", settled)
		}
		_, _, err = f.tenant.Answer(ctx, ask.ID, run.Answer{Decision: run.Given, By: "bob"})
		refused(t, err, fault.Conflict)
		if !strings.Contains(err.Error(), "by ada") {
			t.Errorf("the second answer is told %q", err)
		}
		f.healthy()
	})
}

// An answer that comes between the last look of an attempt and its leaving is
// not slept through.
func TestAnswerDuringTheAttemptKeepsTheRunFromWaiting(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		ask := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput}
		f.check(f.Append(ctx, l, []run.Record{waiting(1, "a", ask)}))
		_, r, err := f.tenant.Answer(ctx, ask.ID, run.Answer{Decision: run.Given, By: "ada"})
		f.check(err)
		if r.Status != run.StatusRunning || r.Epoch != l.Epoch {
			t.Errorf("the answer moved the run to %s", r.Status)
		}
		f.check(f.Wait(ctx, l, run.ForInput, 0, nil))
		r = f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		if r.Attempts != 1 || r.DeadlineAt != nil {
			t.Errorf("%d attempts, deadline %v", r.Attempts, r.DeadlineAt)
		}
		f.healthy()
	})
}

func TestAskExpiresAtItsTimeAndLetsTheRunGoOn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		past, future := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
		due, later := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForTimer, Until: &past}, run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput, Until: &future}
		also := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForTimer, Until: &past}
		f.check(f.Append(ctx, l, []run.Record{waiting(1, "a", due), waiting(2, "b", later), waiting(3, "c", also)}))
		f.check(f.Wait(ctx, l, run.ForInput, 0, nil))
		for _, want := range []int{2, 0} { // both of one run, and each once
			n, err := f.ExpireAsks(ctx, 10)
			f.check(err)
			if n != want {
				t.Errorf("expired %d asks, want %d", n, want)
			}
		}
		f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		a, err := f.tenant.Ask(ctx, due.ID)
		f.check(err)
		b, err := f.tenant.Ask(ctx, later.ID)
		f.check(err)
		if a.Status != store.AskExpired || a.Answer.Decision != run.Expired || b.Status != store.AskOpen {
			t.Errorf("%+v and %+v", a, b)
		}
		_, _, err = f.tenant.Answer(ctx, due.ID, run.Answer{Decision: run.Given})
		refused(t, err, fault.Conflict)
		f.healthy()
	})
}

func waiting(seq int, node string, a run.Ask) run.Record {
	data, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return run.Record{Seq: seq, At: time.Now(), Type: run.Waiting, Node: node, Data: data}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(f fleet) uuid.UUID{
		"Queued":   func(f fleet) uuid.UUID { f.accept(begin()); return f.accept(begin()).Run },
		"Admitted": func(f fleet) uuid.UUID { return f.accept(begin()).Run },
		"Waiting": func(f fleet) uuid.UUID {
			l := f.running()
			f.check(f.Wait(f.t.Context(), l, run.OutcomeUnknown, 0, nil))
			return l.Run
		},
	} {
		t.Run(name+"EndsAtOnce", func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				f := newFleet(t, s, 1, 10)
				id := reach(f)
				r, err := f.tenant.Cancel(t.Context(), id, run.Requested)
				f.check(err)
				if r.Status != run.StatusCancelled || r.Reason != run.Requested || r.FinishedAt == nil {
					t.Errorf("cancelled run is %+v", r)
				}
				r, err = f.tenant.Cancel(t.Context(), id, run.Requested)
				refused(t, err, fault.AlreadyFinished)
				if r.Status != run.StatusCancelled {
					t.Error("the refusal does not say how the run is")
				}
				for _, c := range f.claim(10) {
					if c.Run.ID == id {
						t.Error("a cancelled run was claimed")
					}
				}
				f.healthy()
			})
		})
	}
}

func TestCancelOfARunningRunReachesItsWorker(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 3, 10)
		obeys, late, drains := f.running(), f.running(), f.running()
		for _, l := range []run.Lease{obeys, late, drains, drains} {
			r, err := f.tenant.Cancel(ctx, l.Run, run.Requested)
			f.check(err)
			if r.Status != run.StatusRunning || r.CancelAt == nil {
				t.Errorf("run is %+v; want running with a wish to cancel", r)
			}
		}
		beats, err := f.Beat(ctx, []run.Lease{obeys})
		f.check(err)
		if beats[obeys.Run] != (store.Beat{Cancel: true, CancelReason: run.Requested}) {
			t.Errorf("beat says %+v", beats)
		}
		f.check(f.Finish(ctx, obeys, run.Outcome{Status: run.StatusCancelled, Reason: run.Requested}, nil))
		f.check(f.finish(late))
		f.check(f.Release(ctx, drains, nil))
		f.status(obeys.Run, run.StatusCancelled, run.Requested, 0, 1)
		f.status(late.Run, run.StatusCompleted, "", 0, 1)
		if got := f.admit(); len(got) != 0 {
			t.Error("a run that is to be cancelled was admitted")
		}
		swept, err := f.SweepCancelled(ctx, 10)
		f.check(err)
		if swept.Cancelled != 1 || swept.Total() != 1 {
			t.Errorf("swept %+v, want the drained one", swept)
		}
		f.status(drains.Run, run.StatusCancelled, run.Requested, 0, 0)
		f.healthy()
	})
}

func TestFailedRunSaysWhy(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		l := f.running()
		f.check(f.Finish(t.Context(), l, run.Outcome{Status: run.StatusFailed, Error: "boom", ErrorCode: run.NodeFailed}, nil))
		r := f.status(l.Run, run.StatusFailed, run.Reason(run.NodeFailed), 0, 0)
		if r.Error != "boom" || r.ErrorCode != run.NodeFailed || r.Response != nil {
			t.Errorf("failed run is %+v", r)
		}
		if err := f.Finish(t.Context(), l, run.Outcome{Status: run.StatusWaiting}, nil); err == nil {
			t.Error("a run was finished without an end")
		}
	})
}

func TestClaimLeavesWhatIsNotReady(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"Later":   `update runs set next_at = '2999-01-01T00:00:00.000000Z'`,
		"Unasked": `update runs set cancel_at = created_at`,
		"Expired": `update runs set start_by = created_at`,
		"Queued":  `update runs set admit_epoch = -1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				f := newFleet(t, s, 1, 10)
				f.accept(begin())
				f.exec(spoil)
				if got := f.claim(10); len(got) != 0 {
					t.Errorf("claimed %+v", got)
				}
			})
		})
	}
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		f.accept(begin())
		if got, err := f.ClaimReady(t.Context(), run.Sync, "worker", 10); len(got) != 0 || err != nil {
			t.Errorf("a worker for sync claimed %v, %v", got, err)
		}
	})
}
