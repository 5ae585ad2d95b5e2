package chaos

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
)

// slack is what a busy machine may add to a time.
const slack = 5 * time.Second

func TestRunsEndAtTheirDeadlineAndStayCancelled(t *testing.T) {
	t.Parallel()
	f := launch(t, plan{workers: 1, lease: quickLease, settings: []string{"ONSET_SYNC_LIMIT=2s"}})
	w := f.workers[0]

	t.Run("Deadline", func(t *testing.T) {
		run := f.client.started(t, "brief", "hello")
		f.client.ended(t, run)
		status, code, took := f.end(t, run)
		if status != "failed" || code != "deadline_exceeded" {
			t.Errorf("the run ended %s, %s", status, code)
		}
		atMost(t, "deadline of 2s", took, 2*time.Second+slack)
	})

	t.Run("SynchronousLimit", func(t *testing.T) {
		a, err := f.client.do(t.Context(), http.MethodPost, "/trigger/chaos/doze/DEV", "", `{"message": "hello"}`)
		if err != nil || a.Status != "failed" || a.Error == nil || *a.Error != "Execution timed out after 2 seconds" {
			t.Errorf("the call was answered %+v, %v", a, err)
		}
		atMost(t, "synchronous limit of 2s", a.took, 4*time.Second+slack)
	})

	t.Run("DeadlineOfALostWorker", func(t *testing.T) {
		run := f.client.started(t, "brief", "hello")
		until(t, "the run is executed", func() bool { return f.holds(t, w) == 1 })
		w.freeze(t)
		f.client.ended(t, run)
		w.thaw(t)
		status, code, took := f.end(t, run)
		if status != "failed" || code != "deadline_exceeded" {
			t.Errorf("the run ended %s, %s", status, code)
		}
		atMost(t, "deadline of 2s, worker frozen", took, 2*time.Second+quickLease+slack)
	})

	t.Run("Cancel", func(t *testing.T) {
		run := f.client.started(t, "doze", "hello")
		until(t, "the run is executed", func() bool { return f.holds(t, w) == 1 })
		if code := f.client.cancel(t, run); code != http.StatusAccepted {
			t.Fatalf("cancel was answered %d", code)
		}
		asked := time.Now()
		f.client.ended(t, run)
		atMost(t, "cancel to end", time.Since(asked), quickLease/6+slack)
		if code := f.client.cancel(t, run); code != http.StatusConflict {
			t.Errorf("cancel of a cancelled run was answered %d", code)
		}
		f.staysCancelled(t, run)
	})

	t.Run("CancelOfAKilledWorkersRun", func(t *testing.T) {
		run := f.client.started(t, "doze", "hello")
		until(t, "the run is executed", func() bool { return f.holds(t, w) == 1 })
		w.kill(t)
		if code := f.client.cancel(t, run); code != http.StatusAccepted {
			t.Fatalf("cancel was answered %d", code)
		}
		w.start(t)
		w.ready(t)
		f.client.ended(t, run)
		f.staysCancelled(t, run)
	})

	exactly(t, "calls after an end", len(f.sink.seen(at("woken/0", 0))), 0)
}

// end tells how a run ended and how long that took from its first start.
func (f *fleet) end(t *testing.T, run uuid.UUID) (status, code string, took time.Duration) {
	t.Helper()
	var started, finished time.Time
	err := f.db.QueryRow(t.Context(), `select status, coalesce(error_code, ''), started_at, finished_at from runs where id = $1`, run).
		Scan(&status, &code, &started, &finished)
	if err != nil {
		t.Fatal(err)
	}
	return status, code, finished.Sub(started)
}

// staysCancelled lets the fleet do another run, so that it had every chance to
// bring the cancelled one back.
func (f *fleet) staysCancelled(t *testing.T, run uuid.UUID) {
	t.Helper()
	if a := f.client.ended(t, f.client.started(t, "chain", "hello")); a.Status != "completed" {
		t.Errorf("the next run ended as %+v", a)
	}
	if status, _, _ := f.end(t, run); status != "cancelled" {
		t.Errorf("the run is %s", status)
	}
	exactly(t, "attempts at the cancelled run", f.count(t, `select count(*) from attempts where run_id = $1`, run), 1)
}
