package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
)

func TestProgressIsToldWhenItIsNews(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		told, done, total int
		want              bool
	}{
		{0, 1, 3, true},
		{1, 2, 3, true},
		{2, 2, 3, false},  // told by an earlier attempt
		{2, 1, 3, false},  // a resumed node counts again from the first part
		{0, 1, 0, false},  // nothing to do
		{0, 1, 100, true}, // each of a hundred parts
		{0, 9, 1000, false},
		{0, 10, 1000, true}, // each percent of more
		{10, 19, 1000, false},
		{15, 25, 1000, true},
		{990, 999, 999, true},
		{0, 0, 5, false},
	} {
		if news(c.told, c.done, c.total) != c.want {
			t.Errorf("%d of %d after %d: want %v", c.done, c.total, c.told, c.want)
		}
	}
}

// tape keeps what is appended.
type tape struct{ records []run.Record }

func (k *tape) Append(_ context.Context, _ run.Lease, records []run.Record) error {
	k.records = append(k.records, records...)
	return nil
}

func TestAnotherAttemptRepeatsNoProgress(t *testing.T) {
	t.Parallel()
	kept, step := &tape{}, run.Step{Node: "load"}
	for epoch, upTo := range []int{2, 4} {
		state := run.NewState(nil)
		if err := state.Fold(kept.records); err != nil {
			t.Fatal(err)
		}
		lease := run.Lease{Run: uuid.Nil, Epoch: epoch + 1}
		x := &Executor{Journal: OpenJournal(lease, state, kept, time.Now, redact.Redactor{}), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		for done := range upTo {
			x.progress(t.Context(), step, done+1, 4)
		}
		if err := x.Journal.Append(t.Context(), run.StepStarted, step, run.Begun{}); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, r := range kept.records {
		if r.Type == run.LogLine {
			var l run.Line
			if err := json.Unmarshal(r.Data, &l); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprint(l.Message, " ", l.Done, "/", l.Total))
		}
	}
	if diff := cmp.Diff([]string{"1 of 4 1/4", "2 of 4 2/4", "3 of 4 3/4", "4 of 4 4/4"}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestWhatALongStepTellsIsStoredOnceASecond(t *testing.T) {
	t.Parallel()
	kept, now := &tape{}, time.Now()
	j := OpenJournal(run.Lease{}, run.NewState(nil), kept, func() time.Time { return now }, redact.Redactor{})
	tell := func(after time.Duration, line string) int {
		now = now.Add(after)
		if err := j.Tell(t.Context(), run.LogLine, run.Step{Node: "load"}, run.Line{Message: line}); err != nil {
			t.Fatal(err)
		}
		return len(kept.records)
	}
	for i, c := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {999 * time.Millisecond, 0}, {time.Millisecond, 3}, {500 * time.Millisecond, 3}, {500 * time.Millisecond, 5}} {
		if got := tell(c.after, fmt.Sprint(i)); got != c.want {
			t.Errorf("line %d: %d are stored, want %d", i, got, c.want)
		}
	}
}

// A runtime of somebody else says how far it is, and could say it for ever.
func TestATotalThatRunsAwayIsToldSeldom(t *testing.T) {
	t.Parallel()
	lines, told := 0, 0
	for done := 1; done < 1_000_000; done++ {
		if news(told, done, done) {
			lines, told = lines+1, done
		}
	}
	if lines < 100 || lines > 1200 {
		t.Errorf("told %d times", lines)
	}
}
