package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	deadline := start.Add(150 * time.Second)
	r := run.Run{Class: run.Sync, CreatedAt: start, DeadlineAt: &deadline}
	tests := []struct {
		name   string
		waited int
		err    error
		status run.Status
		code   run.ErrorCode
		says   string
	}{
		{"Finished", 0, nil, run.StatusCompleted, "", ""},
		{"Cancelled", 0, &Over{errCancelled}, run.StatusCancelled, "", ""},
		{"Deadline", 0, fmt.Errorf("call: %w", errDeadline), run.StatusFailed, run.DeadlineExceeded, "Execution timed out after 150 seconds"},
		{"DeadlineAfterWaiting", 1, errDeadline, run.StatusFailed, run.DeadlineExceeded, "Execution timed out"},
		{"MissingSecret", 0, node.Permanent(run.SecretMissing, "the secret X is missing"), run.StatusFailed, run.SecretMissing, "the secret X is missing"},
		{"OurMistake", 0, errors.New("index out of range"), run.StatusFailed, run.InternalError, "the run stopped by a mistake of ours"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := verdict(&claimed{Claim: store.Claim{Run: r, Answers: tt.waited}}, run.Requested, run.Outcome{Status: run.StatusCompleted}, tt.err)
			if v.outcome == nil || v.outcome.Status != tt.status || v.outcome.ErrorCode != tt.code || v.outcome.Error != tt.says {
				t.Errorf("ruled %+v", v.outcome)
			}
		})
	}
}

func TestAttemptThatLostItsRunWritesNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{errLost, &Over{errLost}, &Over{fault.New(fault.Fenced, "stale")}} {
		if v := verdict(&claimed{}, "", run.Outcome{}, err); v.outcome != nil || v.pause != nil || v.release {
			t.Errorf("%v: ruled %+v", err, v)
		}
	}
}

func TestDrainReleasesAndPauseWaits(t *testing.T) {
	t.Parallel()
	if v := verdict(&claimed{}, "", run.Outcome{}, &Over{errDrain}); !v.release {
		t.Errorf("ruled %+v", v)
	}
	if v := verdict(&claimed{}, "", run.Outcome{}, &Pause{}); v.pause == nil {
		t.Errorf("ruled %+v", v)
	}
}

func TestPersistRepeatsOnlyWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	tries := 0
	err := persist(t.Context(), func(context.Context) error {
		if tries++; tries < 3 {
			return fault.New(fault.Unavailable, "away")
		}
		return fault.New(fault.Fenced, "stale")
	})
	if !errors.Is(err, fault.Fenced) || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
}
