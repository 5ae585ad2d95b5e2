package run_test

import (
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

var statuses = []run.Status{run.StatusPending, run.StatusRunning, run.StatusWaiting, run.StatusCompleted, run.StatusFailed, run.StatusCancelled}

func TestTerminalStatusesNeverMove(t *testing.T) {
	t.Parallel()
	for _, from := range statuses {
		moves := 0
		for _, to := range statuses {
			if run.CanMove(from, to) {
				moves++
			}
		}
		if from.Terminal() != (moves == 0) {
			t.Errorf("%s is terminal: %v, and has %d moves", from, from.Terminal(), moves)
		}
	}
}

func TestRunsBeginPending(t *testing.T) {
	t.Parallel()
	for _, to := range statuses {
		if run.CanMove("", to) != (to == run.StatusPending) {
			t.Errorf("a run may begin as %s: %v", to, run.CanMove("", to))
		}
	}
}

func TestThreeCrashesWithoutAStepEndARun(t *testing.T) {
	t.Parallel()
	for crashes, want := range map[int]time.Duration{1: time.Second, 2: 5 * time.Second, 3: 0, 9: 0} {
		pause, again := run.CrashBackoff(crashes)
		if pause != want || again != (crashes < run.MaxCrashes) {
			t.Errorf("%d crashes: pause %s again %v", crashes, pause, again)
		}
	}
}

func TestFenceFallsBeforeTheLeaseAndAfterManyBeats(t *testing.T) {
	t.Parallel()
	terms := run.Terms{Lease: 30 * time.Second}
	if terms.Beat() != 5*time.Second || terms.Fence() != 20*time.Second {
		t.Errorf("beat %s fence %s", terms.Beat(), terms.Fence())
	}
}
