package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/term"
)

// Calls are used again. Whenever callers leave, transactions deadlock, batches are
// taken apart and the store closes, everybody hears his own answer or that there
// is none.
func TestEverybodyHearsHisOwnAnswer(t *testing.T) {
	t.Parallel()
	const callers, rounds = 16, 300
	d := &doubler{fail: func([]int) error {
		if rand.IntN(8) > 0 {
			return nil
		}
		return &pgconn.PgError{Code: []string{"40P01", "22P02", "55P03"}[rand.IntN(3)]}
	}}
	b := &batcher[int, int]{flush: d.flush, size: func(int) int { return 8 }, patience: 50 * time.Microsecond, company: 4}
	b.start(2)
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := range rounds {
				item := 1 + c*rounds + n
				ctx, leave := impatient(t.Context())
				got, err := b.do(ctx, item)
				leave()
				var refused *pgconn.PgError
				switch {
				case err == nil && got != 2*item:
					t.Errorf("do(%d) = %d", item, got)
				case err != nil && (got != 0 || !errors.Is(err, fault.Unavailable) && !errors.As(err, &refused)):
					t.Errorf("do(%d) = %d, %v", item, got, err)
				}
				if item == callers/2*rounds+rounds/2 {
					all.Go(func() { _ = b.stop() })
				}
			}
		})
	}
	all.Wait()
}

// impatient is the context of a caller who may leave at any moment, in one way or
// another.
func impatient(ctx context.Context) (context.Context, func()) {
	limit := time.Duration(1 + rand.IntN(300_000))
	switch rand.IntN(4) {
	case 0:
		brief := term.Within(ctx, limit, nil)
		return brief, brief.End
	case 1:
		return context.WithTimeout(ctx, limit)
	case 2:
		ctx, leave := context.WithCancel(ctx)
		go leave()
		return term.Within(ctx, time.Hour, nil), leave
	default:
		return ctx, func() {}
	}
}
