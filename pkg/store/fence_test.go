package store_test

import (
	"github.com/google/uuid"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestAttemptThatLostItsRunWritesNothing(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		old := f.running()
		f.lose()
		f.awake()
		f.admit()
		now := run.Lease{Run: old.Run, Epoch: f.claim(1)[0].Run.Epoch}

		stale := map[string]error{
			"Append":   f.Append(ctx, old, []run.Record{step(1, "a")}),
			"Finish":   f.finish(old),
			"Release":  f.Release(ctx, old, nil),
			"Postpone": f.Postpone(ctx, old, time.Second),
			"Wait":     f.Wait(ctx, old, run.OutcomeUnknown, 0, nil),
			"Ask":      f.Append(ctx, old, []run.Record{waiting(2, "b", run.Ask{ID: uuid.Must(uuid.NewV7())})}),
		}
		for name, err := range stale {
			t.Run(name, func(t *testing.T) { refused(t, err, fault.Fenced) })
		}
		if s.Refused() != int64(len(stale)) {
			t.Errorf("Refused = %d, want %d", s.Refused(), len(stale))
		}
		beats, err := f.Beat(ctx, []run.Lease{old})
		f.check(err)
		if len(beats) != 0 {
			t.Error("the lost lease was renewed")
		}
		f.status(old.Run, run.StatusRunning, "", 1, 0)
		f.attempt(old, "lost")
		f.check(f.Append(ctx, now, []run.Record{step(1, "a")}))
		f.check(f.finish(now))
		refused(t, f.finish(now), fault.Fenced)
		refused(t, f.Append(ctx, now, []run.Record{step(2, "b")}), fault.Fenced)
		f.status(old.Run, run.StatusCompleted, "", 0, 0)
		f.healthy()
	})
}

func TestOneRunIsFinishedByOneCaller(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 2, 10)
		a, b := f.running(), f.running()
		errs := s.FinishBatch(t.Context(), run.Outcome{Status: run.StatusCompleted}, a, a, b)
		f.check(errs[0])
		refused(t, errs[1], fault.Fenced)
		f.check(errs[2])
		f.counters(0, 0)
		f.healthy()
	})
}

func TestJournalTakesEachRecordOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		first := []run.Record{step(1, "a"), step(2, "b")}
		f.check(f.Append(ctx, l, first))
		if err := f.Append(ctx, l, first); err != nil {
			t.Errorf("the same records again: %v", err)
		}
		for name, r := range map[string]run.Record{"AnotherRecordAtAPlace": step(2, "c"), "StepCompletedAgain": step(3, "a")} {
			if err := f.Append(ctx, l, []run.Record{r}); err == nil || fault.Of(err).Code != fault.Internal {
				t.Errorf("%s: got %v, want an internal error", name, err)
			}
		}
		if err := f.Append(ctx, l, []run.Record{{Seq: 3, At: time.Now(), Type: run.LogLine, Data: []byte(`"\u0000"`)}}); fault.Of(err).Code != fault.CodeInvalid {
			t.Errorf("a NUL character: got %v, want invalid", err)
		}
		records, err := f.tenant.Journal(ctx, l.Run, 0, 10)
		f.check(err)
		if len(records) != 2 {
			t.Errorf("the journal holds %d records, want 2", len(records))
		}
	})
}

func TestTerminalRunKeepsItsEnd(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 1, 10)
		l := f.running()
		for _, text := range []string{
			`update runs set epoch = 0`,
			`update runs set workspace_id = graph_id`,
			`update runs set id = graph_id`,
		} {
			if err := s.Exec(text); err == nil {
				t.Errorf("%s: allowed on a running run", text)
			}
		}
		f.check(f.finish(l))
		for _, text := range []string{
			`update runs set status = 'pending', finished_at = null`,
			`update runs set status = 'cancelled'`,
			`update runs set response = '{}'`,
			`update runs set response = null`,
			`update runs set error = 'x'`,
			`update runs set epoch = epoch + 1`,
			`update runs set finished_at = created_at`,
		} {
			if err := s.Exec(text); err == nil {
				t.Errorf("%s: allowed on a completed run", text)
			}
		}
		f.exec(`update runs set tags = '["kept"]', bell_at = null, next_at = created_at`)
		f.status(l.Run, run.StatusCompleted, "", 0, 0)
	})
}
