package fire

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// crew are schedulers that go on with the same backfills; each can be stopped in
// the middle of what it does.
func (w *world) crew(n int) (stop []context.CancelFunc, wait func()) {
	var all sync.WaitGroup
	for range n {
		ctx, cancel := context.WithCancel(w.t.Context())
		stop = append(stop, cancel)
		all.Go(func() { w.filler.Run(ctx) })
	}
	return stop, all.Wait
}

// work ends runs as they come until ctx ends.
func (w *world) work(ctx context.Context) {
	fleet := w.store.Fleet()
	for ctx.Err() == nil {
		claims, err := fleet.ClaimReady(ctx, run.Background, "test", 10)
		if err != nil && ctx.Err() == nil {
			w.t.Error(err)
		}
		for _, c := range claims {
			o := run.Outcome{Status: run.StatusCompleted, Response: map[string]any{}}
			if err := fleet.Finish(ctx, run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch}, o, nil); err != nil && ctx.Err() == nil {
				w.t.Error(err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Several schedulers go on with one backfill, and the first of them is stopped
// in the middle: every moment has one record and one run.
func TestCrewFillsEveryMomentOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := &world{t: t, bells: &bells{}, now: time.Now().Truncate(time.Minute).Add(-time.Hour)}
		w.furnish(s)
		g := w.put("often", `{"cron": "* * * * *"}`, trigger.Policies{})
		const moments, active = 260, 60
		b := w.backfill(g, w.now.Add(-moments*time.Minute), trigger.Missing, active)
		stop, wait := w.crew(4)
		ctx, rest := context.WithCancel(t.Context())
		var worker sync.WaitGroup
		worker.Go(func() { w.work(ctx) })
		var last store.Backfilling
		for deadline := time.Now().Add(time.Minute); last.Status != trigger.BackfillCompleted; time.Sleep(20 * time.Millisecond) {
			if last = w.stands(b); last.Active > active || time.Now().After(deadline) {
				t.Fatalf("it stands at %+v", last)
			}
			if last.Started > 0 {
				stop[0]()
			}
		}
		for _, end := range stop {
			end()
		}
		wait()
		rest()
		worker.Wait()
		if last.Started != moments || last.Completed != moments {
			t.Errorf("came to %+v", last)
		}
		var owed []time.Time
		for at := b.Since; at.Before(b.Until); at = at.Add(time.Minute) {
			owed = append(owed, at)
		}
		fires, runs := w.fires(g.ID), w.runsOf(g)
		for _, complaint := range filled(owed, fires, runs) {
			t.Error(complaint)
		}
		// A checker that never complains proves nothing.
		double := map[time.Time][]run.Run{}
		for at, all := range runs {
			double[at] = all
		}
		double[owed[7]] = append(double[owed[7]], run.Run{ID: uuid.New()})
		if len(filled(owed, fires[1:], runs)) == 0 || len(filled(owed, fires, double)) == 0 || len(filled(owed[1:], fires, runs)) == 0 {
			t.Error("the checker does not notice a record that is missing, a second run, or a record too many")
		}
	})
}

// filled says what is wrong with the records and runs of moments that a backfill
// had to fill.
func filled(owed []time.Time, fires []trigger.Fire, runs map[time.Time][]run.Run) []string {
	wrong := account(owed, fires)
	of := map[time.Time]uuid.UUID{}
	for _, f := range fires {
		of[f.At.UTC()] = f.Run
	}
	for _, at := range owed {
		if all := runs[at.UTC()]; len(all) != 1 || all[0].ID != of[at.UTC()] {
			wrong = append(wrong, at.String()+" has not the one run of its record")
		}
	}
	if len(runs) != len(owed) {
		wrong = append(wrong, "there are runs of other moments")
	}
	return wrong
}
