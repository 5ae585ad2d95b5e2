package queue

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// heard is one announcement as a listener was told it.
type heard struct {
	id   uuid.UUID
	over bool
}

// ear listens to announcements until the test is over.
func ear(t *testing.T, q *Queue) <-chan heard {
	t.Helper()
	all := make(chan heard, 4096)
	before := subscribers(t, q)
	background(t, func(ctx context.Context) error {
		return q.Announcements(ctx, func(id uuid.UUID, over bool) { all <- heard{id, over} })
	})
	until(t, "somebody listens", func() bool { return subscribers(t, q) > before })
	return all
}

func subscribers(t *testing.T, q *Queue) int64 {
	n, err := q.client.PubSubNumSub(t.Context(), q.names.done()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n[q.names.done()]
}

func TestARunIsNamedOnceInARoundAndItsEndCounts(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		here, elsewhere := ear(t, q), ear(t, New(q.client, Options{Namespace: q.names.space}))
		over, goes, last := uuid.New(), uuid.New(), uuid.New()
		for range 100 {
			q.News(over)
			q.News(goes)
		}
		q.Announce(over)
		q.News(over)
		background(t, q.Run)
		for _, listener := range []<-chan heard{here, elsewhere} {
			got := map[heard]bool{await(t, listener): true, await(t, listener): true}
			if !got[heard{over, true}] || !got[heard{goes, false}] {
				t.Errorf("heard %v", got)
			}
		}
		q.Announce(last) // nothing was told twice before it, nor by both ways
		for _, listener := range []<-chan heard{here, elsewhere} {
			if got := await(t, listener); got != (heard{last, true}) {
				t.Errorf("heard %v", got)
			}
		}
	})
}

func TestNewsIsBoundedAndEndsAreNot(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	for range 2 * maxNews {
		o.news(uuid.New())
	}
	if n := len(o.items.told); n != maxNews {
		t.Errorf("a round tells news of %d runs, want %d", n, maxNews)
	}
	for range maxNews {
		if !o.announce(uuid.New()) {
			t.Fatal("news kept an end from being told")
		}
	}
	if n := len(announcements("x", o.take().told)); n != 2*maxNews/maxRuns {
		t.Errorf("%d messages, want %d runs in each", n, maxRuns)
	}
}

func TestAnnouncementsOfThisProcessNeedNoRedis(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	s.kill()
	q := open(t, s.url(), "x-")
	all := make(chan heard, 1)
	background(t, func(ctx context.Context) error {
		return q.Announcements(ctx, func(id uuid.UUID, over bool) { all <- heard{id, over} })
	})
	until(t, "somebody listens", func() bool {
		q.ears.mu.Lock()
		defer q.ears.mu.Unlock()
		return len(q.ears.all) == 1
	})
	background(t, q.Run)
	id := uuid.New()
	q.Announce(id)
	if got := await(t, all); got != (heard{id, true}) {
		t.Errorf("heard %v", got)
	}
}

func FuzzAnnouncementFromAStranger(f *testing.F) {
	f.Add("@me " + uuid.NewString())
	f.Add(uuid.NewString() + " +" + uuid.NewString() + " @you ++" + uuid.NewString())
	f.Add("\x00 + @")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		hearAnnouncement("me", text, func(uuid.UUID, bool) { n++ })
		if n > len(strings.Fields(text)) {
			t.Errorf("heard %d runs in %q", n, text)
		}
	})
}
