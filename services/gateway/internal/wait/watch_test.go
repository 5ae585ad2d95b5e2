package wait

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

func TestWatchIsToldAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	r := NewRoom(nil, poll)
	id := uuid.New()
	w, err := r.Watch(uuid.New(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.tell(id, false)
	select {
	case <-w.Told:
	default:
		t.Error("the announcement was not heard")
	}
	w.Leave()
	if len(r.waiting) != 0 || len(r.seats) != 0 {
		t.Errorf("left behind: %v %v", r.waiting, r.seats)
	}
}

func TestWorkspaceWithTooManyWatchersIsRefusedAndOthersAreNot(t *testing.T) {
	t.Parallel()
	r := NewRoom(nil, poll)
	many := uuid.New()
	var last Watch
	for range watchers {
		w, err := r.Watch(many, uuid.New())
		if err != nil {
			t.Fatal(err)
		}
		last = w
	}
	if _, err := r.Watch(many, uuid.New()); !errors.Is(err, fault.RateLimited) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := r.Watch(uuid.New(), uuid.New()); err != nil {
		t.Errorf("another workspace: %v", err)
	}
	last.Leave()
	if _, err := r.Watch(many, uuid.New()); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

func TestOnlyAWatchHearsWhatIsSaidAndOneThatIsBehindMissesIt(t *testing.T) {
	t.Parallel()
	r := NewRoom(nil, poll)
	id := uuid.New()
	w, err := r.Watch(uuid.New(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Leave()
	r.enter(id, ear{told: make(chan struct{}, 1), news: true}) // a long poll beside it
	r.say(run.Delta{Run: uuid.New(), Text: "somebody else's"})
	for n := range 2 * pieces {
		r.say(run.Delta{Run: id, Offset: n})
	}
	for n := range pieces {
		if d := <-w.Said; d.Offset != n {
			t.Fatalf("heard %+v, want the piece at %d", d, n)
		}
	}
	select {
	case d := <-w.Said:
		t.Errorf("heard %+v", d)
	default:
	}
}
