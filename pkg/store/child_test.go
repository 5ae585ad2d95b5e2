package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// bears makes a run of a held one wait for a child, and gives the child's id.
func (f fleet) bears(l run.Lease, seq int, c run.Child) uuid.UUID {
	f.t.Helper()
	c.Callee = run.Callee{GraphID: uuid.New(), Graph: "child", Build: 2}
	a := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForChild, Child: &c}
	f.check(f.Append(f.t.Context(), l, []run.Record{waiting(seq, "call", a)}))
	return a.ID
}

// takes admits and claims one run, which must be the one.
func (f fleet) takes(id uuid.UUID) store.Claim {
	f.t.Helper()
	f.admit()
	c := f.claim(1)
	if len(c) != 1 || c[0].Run.ID != id {
		f.t.Fatalf("claimed %+v, want %s", c, id)
	}
	return c[0]
}

func TestChildTakesThePlaceAndTheTimeOfItsParent(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 1)
		l := f.running()
		f.accept(begin()) // the queue is full now: a child was promised with its parent
		child := f.bears(l, 1, run.Child{Depth: 3, Message: "do", Limit: time.Minute})
		f.status(child, run.StatusPending, run.WorkspaceCap, 1, 2)
		f.check(f.Wait(ctx, l, run.ForChild, 0, nil))
		f.status(l.Run, run.StatusWaiting, run.ForChild, 0, 2)
		before := f.read(l.Run)
		f.admit()
		other := f.claim(1)[0].Run
		f.check(f.finish(run.Lease{Run: other.ID, Epoch: other.Epoch}))
		c := f.takes(child)
		if c.Left > time.Minute || c.Run.Environment != before.Environment || c.Run.ThreadID != before.ThreadID || c.Run.Message != "do" ||
			c.Run.Cause.ParentRun != l.Run.String() || c.Run.Cause.Depth != 3 || c.Run.Build != 2 {
			t.Errorf("the child is %+v with %s left", c.Run, c.Left)
		}
		f.exec(`update runs set deadline_at = ? where id = ?`, time.Now().Add(-time.Second).UTC().Format("2006-01-02T15:04:05.000000Z"), child)
		f.check(f.Finish(ctx, run.Lease{Run: child, Epoch: 1}, run.Outcome{Status: run.StatusFailed, Error: "boom", ErrorCode: run.DeadlineExceeded}, nil))
		for range 2 { // the second word changes nothing
			f.check(f.Return(ctx, child))
			f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		}
		again := f.takes(l.Run)
		if again.Left > 0 || again.Answers != 1 {
			t.Errorf("its child used up all the time, and it has %s left and %d answers", again.Left, again.Answers)
		}
		settled, err := store.SettledOf(ctx, f.tenant, again.Run)
		f.check(err)
		if len(settled) != 1 || settled[0].Ask != child || settled[0].Answer.Decision != run.Given {
			t.Errorf("it hears %+v", settled)
		}
		f.healthy()
	})
}

// Somebody waits on the line for the parent, so the child's time runs while it is
// queued, and ends with the parent's.
func TestChildOfASynchronousRunIsSynchronous(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		start := begin()
		start.Run.Class, start.Deadline = run.Sync, time.Minute
		f.accept(start)
		claims, err := f.ClaimReady(ctx, run.Sync, "worker", 1)
		f.check(err)
		parent := claims[0].Run
		child := f.read(f.bears(run.Lease{Run: parent.ID, Epoch: 1}, 1, run.Child{}))
		if child.Class != run.Sync || child.DeadlineAt == nil || child.DeadlineAt.Sub(*parent.DeadlineAt).Abs() > 2*time.Millisecond {
			t.Errorf("the child of a run that ends at %v is %s and ends at %v", parent.DeadlineAt, child.Class, child.DeadlineAt)
		}
		f.healthy()
	})
}

func TestSweepRepairsFamiliesThatDoNotKnow(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 2, 10)
		sweep := func(want int) {
			t.Helper()
			n, err := f.SweepChildren(ctx, 10)
			f.check(err)
			if n != want {
				t.Errorf("swept %d families, want %d", n, want)
			}
		}
		l := f.running()
		child := f.bears(l, 1, run.Child{})
		f.check(f.Wait(ctx, l, run.ForChild, 0, nil))
		sweep(0)
		c := f.takes(child)
		f.check(f.finish(run.Lease{Run: c.Run.ID, Epoch: 1})) // and the worker dies
		sweep(1)
		f.status(l.Run, run.StatusPending, run.WorkspaceCap, 0, 1)
		sweep(0)

		l = run.Lease{Run: l.Run, Epoch: f.takes(l.Run).Run.Epoch}
		child = f.bears(l, 2, run.Child{})
		grandchild := f.bears(run.Lease{Run: child, Epoch: f.takes(child).Run.Epoch}, 1, run.Child{})
		f.check(f.finish(l)) // and the worker dies
		sweep(1)
		if r := f.status(grandchild, run.StatusCancelled, run.ParentEnded, 1, 0); r.FinishedAt == nil {
			t.Error("the grandchild goes on")
		}
		if r := f.read(child); r.CancelAt == nil || r.Status != run.StatusRunning {
			t.Errorf("the child is %s and was not told", r.Status)
		}
		f.check(f.Finish(ctx, run.Lease{Run: child, Epoch: 1}, run.Outcome{Status: run.StatusCancelled, Reason: run.ParentEnded}, nil))
		f.check(f.Return(ctx, child))
		f.check(f.Return(ctx, grandchild))
		sweep(0)
		f.counters(0, 0)
		f.healthy()
	})
}

func TestNobodyAnswersForAChild(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		child := f.bears(f.running(), 1, run.Child{})
		_, _, err := f.tenant.Answer(t.Context(), child, run.Answer{Decision: run.Given, By: "ada"})
		refused(t, err, fault.Conflict)
	})
}

func TestCalleeIsOfTheRunsWorkspaceAndEnvironment(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, mine, theirs := t.Context(), newWorld(t, s), newWorld(t, s)
		r := run.Run{Workspace: mine.workspace.ID, Environment: "DEV"}
		got, err := s.Fleet().Callee(ctx, r, "digest", 0)
		must(t, err)
		if want := (run.Callee{GraphID: mine.graph.ID, Graph: "digest", Build: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		_, err = s.Fleet().Callee(ctx, r, theirs.graph.ID.String(), 1)
		refused(t, err, fault.NotFound)
		_, err = s.Fleet().Callee(ctx, r, "digest", 9)
		refused(t, err, fault.NotFound)
		r.Environment = "PROD"
		_, err = s.Fleet().Callee(ctx, r, "digest", 0)
		refused(t, err, fault.NoBuild)
	})
}
