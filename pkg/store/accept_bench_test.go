package store

import (
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// BenchmarkColumns is one start on its way into a batch of 32.
func BenchmarkColumns(b *testing.B) {
	var items []starting
	b.ReportAllocs()
	for b.Loop() {
		s, err := newStarting(uuid.New(), run.Start{Run: run.Run{Cause: run.Cause{Kind: "api"}, Message: "hello"}})
		if err != nil {
			b.Fatal(err)
		}
		if items = append(items, s); len(items) == 32 {
			startColumns(items)
			items = items[:0]
		}
	}
}
