package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/onsethq/onset/pkg/store"
)

func TestLeasesAreLeftAloneAfterAnOutage(t *testing.T) {
	t.Parallel()
	const lease, every = 30 * time.Second, 5 * time.Second
	start := time.Unix(1_700_000_000, 0)
	long := 24 * time.Hour
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	type round struct {
		at     int
		uptime time.Duration
		broke  bool // the round before this one failed
		want   bool
	}
	tests := []struct {
		name   string
		rounds []round
	}{
		{"AtOnceWhenNothingWasWrong", []round{{0, long, false, true}, {5, long, false, true}}},
		{"OneLeaseAfterAFailedRound", []round{{0, long, false, true}, {5, long, true, false}, {15, long, false, false}, {25, long, false, false}, {34, long, false, false}, {35, long, false, true}}},
		{"OneLeaseAfterTheServerStarted", []round{{0, 3 * time.Second, false, false}, {5, 29 * time.Second, false, false}, {10, 30 * time.Second, false, true}}},
		{"OneLeaseAfterThisProcessSlept", []round{{0, long, false, true}, {60, long, false, false}, {70, long, false, false}, {80, long, false, false}, {90, long, false, true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := outage{lease: lease, every: every}
			for _, r := range tt.rounds {
				if r.broke {
					o.failed()
				}
				if got := o.over(at(r.at), r.uptime); got != r.want {
					t.Errorf("second %d: leases swept %v, want %v", r.at, got, r.want)
				}
			}
		})
	}
}

// rows is a store that counts what was swept.
type rows struct {
	Sweeping
	away    error
	leases  int
	orphans int
	ended   []uuid.UUID
}

func (r *rows) Started(context.Context) (time.Time, error) { return time.Time{}, r.away }
func (r *rows) Clock(context.Context) (time.Time, error)   { return time.Unix(1_700_000_000, 0), r.away }
func (r *rows) SweepDeadlines(context.Context, int) (store.Swept, error) {
	swept := store.Swept{Failed: len(r.ended), Ended: r.ended}
	r.ended = nil
	return swept, r.away
}
func (r *rows) SweepExpired(context.Context, int) (store.Swept, error) { return store.Swept{}, r.away }
func (r *rows) SweepCancelled(context.Context, int) (store.Swept, error) {
	return store.Swept{}, r.away
}
func (r *rows) SweepLeases(context.Context, int) (store.Swept, error) {
	r.leases++
	return store.Swept{}, r.away
}
func (r *rows) SweepChildren(_ context.Context, limit int) (int, error) {
	n := min(limit, r.orphans)
	r.orphans -= n
	return n, r.away
}
func (r *rows) Stats(context.Context) (int, time.Duration, int, error) { return 0, 0, 0, r.away }

func newSweeper(t *testing.T, r *rows, b Bells) sweeper {
	t.Helper()
	g, err := newGauges(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return sweeper{
		Store: r, Database: r, Bells: b, Every: 5 * time.Second, Lease: 30 * time.Second,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Gauges: g,
	}
}

func TestSweptRunIsAnnounced(t *testing.T) {
	t.Parallel()
	ended := uuid.New()
	b := &bells{}
	r := &rows{ended: []uuid.UUID{ended}}
	s := newSweeper(t, r, b)
	if err := s.round(t.Context(), &outage{lease: s.Lease, every: s.Every}); err != nil {
		t.Fatal(err)
	}
	if len(b.announced) != 1 || b.announced[0] != ended || r.leases != 1 {
		t.Errorf("announced %v, swept leases %d times", b.announced, r.leases)
	}
}

func TestSweepFailsQuietlyAndKeepsOffLeasesAfterwards(t *testing.T) {
	t.Parallel()
	r := &rows{away: errors.New("away")}
	s := newSweeper(t, r, &bells{})
	o := &outage{lease: s.Lease, every: s.Every}
	if err := s.round(t.Context(), o); err == nil {
		t.Fatal("a database that is away went unseen")
	}
	if at := testutil.ToFloat64(s.Gauges.looked); at != 0 {
		t.Errorf("a round that failed says that it looked at %v", at)
	}
	r.away = nil
	if err := s.round(t.Context(), o); err != nil || r.leases != 0 {
		t.Errorf("swept leases %d times right after an outage, %v", r.leases, err)
	}
	if at := testutil.ToFloat64(s.Gauges.looked); at == 0 {
		t.Error("a round that saw everything does not say when")
	}
}

func TestFamiliesThatDoNotKnowAreRepairedUntilNoneIsLeft(t *testing.T) {
	t.Parallel()
	r := &rows{orphans: 2*batch + 1}
	s := newSweeper(t, r, &bells{})
	if err := s.round(t.Context(), &outage{}); err != nil || r.orphans != 0 {
		t.Errorf("%d are left, %v", r.orphans, err)
	}
}
