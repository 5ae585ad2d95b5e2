//go:build unix

package queue

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// BenchmarkTold is what a run of one step costs beside its work: its knock, and
// then with its news and its end told to a gateway at which nobody waits. The
// rate is that of a fast fleet, so that rounds gather what they gather there.
func BenchmarkTold(b *testing.B) {
	for name, told := range map[string]bool{"knock": false, "knock+told": true} {
		b.Run(name, func(b *testing.B) { tell(b, told) })
	}
}

func tell(b *testing.B, told bool) {
	q := open(b, realRedis(b), "")
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	gateway := New(q.client, Options{Namespace: q.names.space})
	all.Go(func() { _ = gateway.Announcements(ctx, func(uuid.UUID, bool) {}) })
	all.Go(func() { _ = gateway.Knocks(ctx, func() {}) })
	all.Go(func() { _ = q.Run(ctx) })
	const rate = 6000
	began, used := time.Now(), processor(b)
	for n := range b.N {
		id := uuid.New()
		q.Knock()
		if told {
			q.News(id)
			q.Announce(id)
		}
		if n%(rate/1000) == 0 {
			time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / rate)))
		}
	}
	b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(b.N), "cpu-µs/run")
}

// processor is the time that this process has spent on a processor.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
