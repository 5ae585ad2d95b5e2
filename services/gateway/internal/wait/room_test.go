package wait

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// pipe announces what a test puts in.
type pipe chan told

type told struct {
	run  uuid.UUID
	over bool
}

func (p pipe) Announcements(ctx context.Context, heard func(uuid.UUID, bool)) error {
	for {
		select {
		case t := <-p:
			heard(t.run, t.over)
		case <-ctx.Done():
			return nil
		}
	}
}

func (p pipe) Said(ctx context.Context, _ func(run.Delta)) error {
	<-ctx.Done()
	return nil
}

// row is a run's row that a test writes and a call looks at.
type row struct {
	status atomic.Value
	reason run.Reason // of one that waits: a person, unless a test says otherwise
	away   atomic.Bool
	looks  atomic.Int32
}

func newRow(s run.Status) *row {
	r := &row{reason: run.ForInput}
	r.status.Store(s)
	return r
}

func (r *row) look(context.Context) (run.Run, error) {
	r.looks.Add(1)
	if r.away.Load() {
		return run.Run{}, errors.New("away")
	}
	return run.Run{Status: r.status.Load().(run.Status), Reason: r.reason}, nil
}

const (
	poll  = time.Second
	limit = 10 * time.Second
)

// opened runs a room until the test is over.
func opened(t *testing.T) (*Room, pipe, context.CancelFunc) {
	p := make(pipe)
	r := NewRoom(p, poll)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = r.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-gone })
	return r, p, cancel
}

func TestAnnouncementEndsTheWaitAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := opened(t)
		id, row := uuid.New(), newRow(run.StatusRunning)
		began := time.Now()
		go func() {
			time.Sleep(300 * time.Millisecond) // the bubble's clock
			row.status.Store(run.StatusCompleted)
			p <- told{uuid.New(), true} // somebody else's
			p <- told{id, false}        // that it goes on is not what the call waits for
			p <- told{id, true}
		}()
		last, seen := r.Until(t.Context(), Call{Run: id, Limit: limit, Patience: poll, Look: row.look})
		if !seen || last.Status != run.StatusCompleted || time.Since(began) != 300*time.Millisecond {
			t.Errorf("got %v (seen %v) after %v", last.Status, seen, time.Since(began))
		}
		if n := row.looks.Load(); n != 2 {
			t.Errorf("looked %d times, want 2: at first and when told", n)
		}
		if len(r.waiting) != 0 {
			t.Errorf("%d calls are still in the room", len(r.waiting))
		}
	})
}

func TestPollSeesTheEndWithoutAnnouncement(t *testing.T) {
	t.Parallel()
	for _, end := range []run.Status{run.StatusCompleted, run.StatusFailed, run.StatusCancelled, run.StatusWaiting} {
		synctest.Test(t, func(t *testing.T) {
			r, _, _ := opened(t)
			row := newRow(run.StatusPending)
			began := time.Now()
			time.AfterFunc(2500*time.Millisecond, func() { row.status.Store(end) })
			last, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: row.look})
			if !seen || last.Status != end || time.Since(began) != 3*time.Second {
				t.Errorf("%s: got %v (seen %v) after %v", end, last.Status, seen, time.Since(began))
			}
		})
	}
}

func TestRunThatWaitsForATimeIsWaitedForOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		row := newRow(run.StatusWaiting)
		row.reason = run.ForTimer
		time.AfterFunc(2500*time.Millisecond, func() { row.status.Store(run.StatusCompleted) })
		last, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: row.look})
		if !seen || last.Status != run.StatusCompleted {
			t.Errorf("got %v (seen %v)", last.Status, seen)
		}
	})
}

func TestLimitEndsTheWaitWithWhatTheRowSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		began := time.Now()
		last, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: newRow(run.StatusRunning).look})
		if !seen || last.Status != run.StatusRunning || time.Since(began) != limit {
			t.Errorf("got %v (seen %v) after %v", last.Status, seen, time.Since(began))
		}
	})
}

func TestDatabaseAwayForAWhileDoesNotEndTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		row := newRow(run.StatusCompleted)
		row.away.Store(true)
		time.AfterFunc(3500*time.Millisecond, func() { row.away.Store(false) })
		last, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: row.look})
		if !seen || last.Status != run.StatusCompleted {
			t.Errorf("got %v (seen %v)", last.Status, seen)
		}
	})
}

func TestNothingSeenIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		row := newRow(run.StatusCompleted)
		row.away.Store(true)
		if _, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: row.look}); seen {
			t.Error("a row was seen that could not be read")
		}
	})
}

func TestAnyChangeIsEnoughForWhoAsksForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := opened(t)
		id, row := uuid.New(), newRow(run.StatusPending)
		began := time.Now()
		go func() {
			time.Sleep(100 * time.Millisecond)
			for range 10 { // news of what the caller does not see costs it a breath
				p <- told{id, false}
			}
			time.Sleep(100 * time.Millisecond)
			row.status.Store(run.StatusRunning)
			p <- told{id, false}
		}()
		last, seen := r.Until(t.Context(), Call{Run: id, Limit: limit, Patience: poll, Look: row.look, Enough: func(now run.Run) bool {
			return now.Status != run.StatusPending
		}})
		if !seen || last.Status != run.StatusRunning || time.Since(began) != 200*time.Millisecond {
			t.Errorf("got %v (seen %v) after %v", last.Status, seen, time.Since(began))
		}
		if n := row.looks.Load(); n > 4 {
			t.Errorf("looked %d times", n)
		}
	})
}

func TestFullWorkspaceWaitsForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		ws, row := uuid.New(), newRow(run.StatusCompleted)
		c := Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: row.look}
		if _, seen, ok := r.Held(t.Context(), ws, c); !seen || !ok {
			t.Errorf("with seats: seen %v, waited %v", seen, ok)
		}
		r.seats[ws] = watchers
		if _, _, ok := r.Held(t.Context(), ws, c); ok {
			t.Error("waited without a seat")
		}
		if r.seats[ws] != watchers {
			t.Errorf("%d seats taken", r.seats[ws])
		}
	})
}

func TestClosingRoomSendsEverybodyHome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, closeRoom := opened(t)
		began := time.Now()
		time.AfterFunc(200*time.Millisecond, closeRoom)
		last, seen := r.Until(t.Context(), Call{Run: uuid.New(), Limit: limit, Patience: poll, Look: newRow(run.StatusRunning).look})
		if !seen || last.Status != run.StatusRunning || time.Since(began) != 200*time.Millisecond {
			t.Errorf("got %v (seen %v) after %v", last.Status, seen, time.Since(began))
		}
	})
}

func TestCallerWhoLeavesEndsOnlyTheirWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := opened(t)
		id, row := uuid.New(), newRow(run.StatusRunning)
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, leave)
		stayed := make(chan run.Status)
		go func() {
			last, _ := r.Until(t.Context(), Call{Run: id, Limit: limit, Patience: poll, Look: row.look})
			stayed <- last.Status
		}()
		r.Until(ctx, Call{Run: id, Limit: limit, Patience: poll, Look: row.look})
		row.status.Store(run.StatusCompleted)
		if got := <-stayed; got != run.StatusCompleted {
			t.Errorf("the other call saw %v", got)
		}
	})
}
