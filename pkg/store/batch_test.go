package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onsethq/onset/pkg/fault"
)

// doubler answers each number with twice as much, and notes its batches.
type doubler struct {
	mu      sync.Mutex
	batches [][]int
	fail    func(items []int) error
	begun   chan struct{} // one for each flush that begins; nil does not tell
	gate    chan struct{} // a flush waits for it; nil does not wait
}

func (d *doubler) flush(_ context.Context, items []int) ([]answer[int], error) {
	if d.begun != nil {
		d.begun <- struct{}{}
		<-d.gate
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batches = append(d.batches, slices.Clone(items))
	if d.fail != nil {
		if err := d.fail(items); err != nil {
			return nil, err
		}
	}
	return column(items, func(n int) answer[int] { return answer[int]{value: 2 * n} }), nil
}

func doubling(d *doubler) *batcher[int, int] {
	b := &batcher[int, int]{flush: d.flush, size: func(int) int { return 8 }, patience: groupWait, company: groupCompany}
	b.start(1)
	return b
}

func TestLoneCallerNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := doubling(&doubler{})
		defer b.stop()
		begun := time.Now()
		for n := range 3 {
			if got, err := b.do(t.Context(), n); got != 2*n || err != nil {
				t.Errorf("do(%d) = %d, %v", n, got, err)
			}
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("three lone callers waited %v", waited)
		}
	})
}

func TestCallersShareABatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &doubler{begun: make(chan struct{}), gate: make(chan struct{})}
		b := doubling(d)
		defer b.stop()
		var all sync.WaitGroup
		ask := func(n int) {
			all.Go(func() {
				if got, err := b.do(t.Context(), n); got != 2*n || err != nil {
					t.Errorf("do(%d) = %d, %v", n, got, err)
				}
			})
		}
		ask(0)
		<-d.begun
		for n := range 10 {
			ask(n + 1)
		}
		synctest.Wait()
		d.gate <- struct{}{}
		<-d.begun
		d.gate <- struct{}{}
		all.Wait()
		if len(d.batches) != 2 || len(d.batches[0]) != 1 || len(d.batches[1]) != 10 {
			t.Errorf("batches are %v, want one and ten", d.batches)
		}
	})
}

func TestOneBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	bad := &pgconn.PgError{Code: "22P02"}
	d := &doubler{fail: func(items []int) error {
		if slices.Contains(items, 2) {
			return bad
		}
		return nil
	}}
	b := &batcher[int, int]{flush: d.flush}
	answers := b.write(t.Context(), []int{1, 2, 3})
	if answers[0].value != 2 || !errors.Is(answers[1].err, bad) || answers[2].value != 6 {
		t.Errorf("answers are %+v; want only the second refused", answers)
	}
}

func TestDeadlockIsTriedAgainWhole(t *testing.T) {
	t.Parallel()
	d := &doubler{}
	d.fail = func([]int) error {
		if len(d.batches) < 3 {
			return &pgconn.PgError{Code: "40P01"}
		}
		return nil
	}
	b := &batcher[int, int]{flush: d.flush}
	answers := b.write(t.Context(), []int{1, 2})
	if answers[0].value != 2 || answers[1].value != 4 || len(d.batches) != 3 {
		t.Errorf("answers are %+v after %d tries", answers, len(d.batches))
	}
}

func TestSilenceIsAskedAbout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		b := &batcher[int, int]{
			flush: func(context.Context, []int) ([]answer[int], error) { return nil, errors.New("unexpected EOF") },
			resolve: func(_ context.Context, n int) (answer[int], bool, error) {
				if asked++; asked == 1 {
					return answer[int]{}, false, errors.New("connection refused")
				}
				return answer[int]{value: 2 * n}, n == 1, nil
			},
		}
		begun := time.Now()
		answers := b.write(t.Context(), []int{1, 2})
		if answers[0].value != 2 || answers[0].err != nil {
			t.Errorf("the committed item is answered %+v", answers[0])
		}
		if !errors.Is(answers[1].err, fault.Unavailable) {
			t.Errorf("the item that is nowhere is answered %+v", answers[1])
		}
		if took := time.Since(begun); took > resolveTime {
			t.Errorf("asking took %v", took)
		}
	})
}

func TestFullQueueTurnsCallersAway(t *testing.T) {
	t.Parallel()
	b := &batcher[int, int]{queue: make(chan *call[int, int]), quit: make(chan struct{})}
	if _, err := b.do(t.Context(), 1); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestCallerMayLeave(t *testing.T) {
	t.Parallel()
	d := &doubler{begun: make(chan struct{}), gate: make(chan struct{})}
	b := doubling(d)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := b.do(ctx, 1); left <- err }()
	<-d.begun
	leave()
	if err := <-left; !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	d.gate <- struct{}{}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
}

func TestStopAnswersEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &doubler{begun: make(chan struct{}), gate: make(chan struct{})}
		b := doubling(d)
		answers := make(chan error, 3)
		ask := func() { _, err := b.do(t.Context(), 1); answers <- err }
		go ask()
		<-d.begun
		go ask()
		go ask()
		synctest.Wait()
		go b.stop()
		synctest.Wait()
		d.gate <- struct{}{}
		<-d.begun
		d.gate <- struct{}{}
		for range 3 {
			if err := <-answers; err != nil {
				t.Errorf("a caller that was queued before the stop got %v", err)
			}
		}
		if _, err := b.do(t.Context(), 1); !errors.Is(err, fault.Unavailable) {
			t.Errorf("after the stop: got %v, want unavailable", err)
		}
	})
}
