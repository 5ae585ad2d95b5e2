package api

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestBucketsFillAtTheirRate(t *testing.T) {
	t.Parallel()
	var p paces[uuid.UUID]
	k, now := uuid.New(), time.Unix(1_700_000_000, 0)
	taken := func() (n int) {
		for {
			wait, ok := p.take(k, 10, now)
			if !ok {
				if wait <= 0 || wait > 100*time.Millisecond {
					t.Errorf("the next one is due in %v", wait)
				}
				return n
			}
			n++
		}
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 20}, {0, 0}, {-time.Hour, 0}, {time.Hour + time.Second, 10}, {500 * time.Millisecond, 5}, {time.Hour, 20}} {
		now = now.Add(c.after)
		if n := taken(); n != c.want {
			t.Errorf("%v later %d were let in, want %d", c.after, n, c.want)
		}
	}
}

func TestManyCallersTakeBoundedMemoryAndRefuseNobody(t *testing.T) {
	t.Parallel()
	var p paces[uuid.UUID]
	now, busy := time.Unix(1_700_000_000, 0), uuid.New()
	for i := range 3 * paceCallers {
		if _, ok := p.take(uuid.New(), 1, now); !ok {
			t.Fatal("a caller's first request was refused")
		}
		if _, ok := p.take(busy, 1, now); ok != (i < paceBurst) {
			t.Fatalf("request %d of the busy caller: let in is %v", i, ok)
		}
		if n := len(p.young) + len(p.old); n > paceCallers {
			t.Fatalf("%d buckets", n)
		}
	}
}

// A call is counted by when it began, and while it was asked who it is, others
// have come and gone: the same span fills a bucket once all the same.
func TestCallsThatOvertakeEachOtherTakeNoMoreThanTheRate(t *testing.T) {
	t.Parallel()
	var p paces[string]
	now, in := time.Unix(1000, 0), 0
	const seconds = 50
	for range seconds {
		began := now
		now = now.Add(time.Second)
		for _, at := range []time.Time{now, began} {
			if _, ok := p.take("a", 1, at); ok {
				in++
			}
		}
	}
	if most := seconds + paceBurst; in > most {
		t.Errorf("%d calls in %d seconds at one a second, want at most %d", in, seconds, most)
	}
}
