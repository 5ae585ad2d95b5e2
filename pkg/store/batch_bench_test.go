package store

import (
	"context"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/term"
)

// BenchmarkBatcher is what it costs many callers to share batches, beside what is
// done with them.
func BenchmarkBatcher(b *testing.B) {
	batcher := &batcher[run.Run, int]{
		flush: func(_ context.Context, items []run.Run) ([]answer[int], error) {
			return make([]answer[int], len(items)), nil
		},
		size: func(run.Run) int { return 1 },
	}
	batcher.start(1)
	b.Cleanup(func() { _ = batcher.stop() })
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			ctx := term.Within(b.Context(), time.Second, nil)
			if _, err := batcher.do(ctx, run.Run{}); err != nil {
				b.Error(err)
			}
			ctx.End()
		}
	})
}
