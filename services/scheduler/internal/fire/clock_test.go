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

// rings hears of every run that is started.
type rings chan run.Lease

func (r rings) Ring(_ run.Class, leases ...run.Lease) {
	for _, l := range leases {
		r <- l
	}
}

func (rings) Knock() {}

// Of several schedulers two stand on hosts whose clocks are an hour off, one each
// way. Only the database's clock counts: nothing starts early, late or twice.
func TestSchedulersWhoseClocksAreWrongKeepTime(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	open := func(off time.Duration) *store.Store {
		o := storetest.Options()
		o.Now = func() time.Time { return time.Now().Add(off) }
		s, err := store.Postgres(t.Context(), url, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	w := &world{t: t, bells: &bells{}}
	w.furnish(open(0))
	g := w.put("tick", `{"every": "1s"}`, trigger.Policies{})
	positions, err := w.Positions(t.Context(), []uuid.UUID{g.ID})
	w.check(err)
	since := positions[g.ID].Since

	ctx, enough := context.WithCancel(t.Context())
	var crew sync.WaitGroup
	rung := make(rings, 100)
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		f := w.firer
		f.Store, f.Launcher.Bells = open(off).Fleet(), rung
		crew.Go(func() { f.Run(ctx) })
	}
	late := time.After(time.Minute)
	for n := range 4 {
		select {
		case <-rung:
		case <-late:
			t.Fatalf("%d runs were started within a minute", n)
		}
	}
	enough()
	crew.Wait()
	now, err := w.store.Clock(t.Context())
	w.check(err)
	fires := w.fires(g.ID)
	if len(fires) < 4 {
		t.Fatalf("%d moments are recorded of 4 that started a run", len(fires))
	}
	last := fires[len(fires)-1].At
	l := ledger{configs: []string{`{"every": "1s"}`}, since: []time.Time{since}}
	for _, complaint := range account(l.owes(last), fires) {
		t.Error(complaint)
	}
	for _, f := range fires {
		if late := f.DecidedAt.Sub(f.At); late < 0 || late > time.Minute || f.At.After(now) {
			t.Errorf("at %s, %s is decided %s after its time", now, f.At, late)
		}
	}
}
