package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// A schedule that waited in vain for hours leaves few records, which can be
// filled like any other.
func TestRecordsOfAKindBecomeOne(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := minutely("often")
		g.Policies.Misfire = trigger.Misfire{Mode: trigger.CatchAll, Max: 100}
		g = scheduled(t, s, w, g, 60)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		must(t, s.Exec(`update fires set disposition = 'skipped_overlap', reason = 'run x has not ended', run_id = null
 where nominal_at < (select max(nominal_at) from fires)`))
		collapse := func(age time.Duration) (all []trigger.Fire) {
			t.Helper()
			for last := uuid.Nil; ; {
				var err error
				last, err = s.Fleet().CollapseFires(ctx, last, age, 1)
				must(t, err)
				if last == uuid.Nil {
					break
				}
			}
			all, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{Limit: 200})
			must(t, err)
			return all
		}
		if all := collapse(time.Hour); len(all) != 60 {
			t.Fatalf("young ones become %d", len(all))
		}
		for range 2 { // the second changes nothing
			all := collapse(-time.Second)
			if len(all) != 2 || all[0].Disposition != trigger.Started || all[1].Count != 59 || all[1].Reason != "run x has not ended" || all[0].At.Sub(all[1].Until) != time.Minute {
				t.Fatalf("they become %+v", all)
			}
		}
		b, _, err := w.CreateBackfill(ctx, backfill(t, w, g, 30), store.Once{})
		must(t, err)
		must(t, failure(s.Fleet().Backfill(ctx, taker{w: w})))
		now, err := w.Backfill(ctx, g.ID, b.ID)
		must(t, err)
		all, _, err := w.Fires(ctx, g.ID, store.FireFilter{}, store.Page{Limit: 200})
		must(t, err)
		sum := 0
		for _, f := range all {
			sum += f.Count
		}
		if now.Started < 28 || sum != 60 {
			t.Errorf("%d are filled, and %d moments recorded", now.Started, sum)
		}
	})
}
