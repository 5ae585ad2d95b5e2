package engine

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/onsethq/onset/pkg/run"
)

// The next attempt is made by the goroutine of one that has ended, and by a new
// one only while none has.
func TestNextAttemptTakesOverAGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(run.Background, 2)
		var first, second, third sync.WaitGroup
		done := make(chan struct{})
		var made atomic.Int32
		p.do(&first, func() { made.Add(1) })
		synctest.Wait()
		p.do(&second, func() { <-done; made.Add(1) })
		second.Wait() // it has begun no goroutine
		p.do(&third, func() { <-done; made.Add(1) })
		synctest.Wait()
		close(done)
		p.close()
		first.Wait()
		third.Wait()
		if made.Load() != 3 {
			t.Errorf("%d of 3 attempts were made", made.Load())
		}
	})
}
