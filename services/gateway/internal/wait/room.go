// Package wait is where calls wait for their runs to end.
package wait

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Announcer tells which runs have ended, as far as it heard.
type Announcer interface {
	Announcements(ctx context.Context, ended func(uuid.UUID)) error
}

// Room is where calls wait. An announcement makes a call look at its run's row
// at once; without one it looks every Poll. Only the row says what happened.
type Room struct {
	Announcer Announcer
	// Poll is how often a call looks when nobody told it anything.
	Poll time.Duration

	mu      sync.Mutex
	waiting map[uuid.UUID][]chan struct{}
	closed  chan struct{}
	seats   map[uuid.UUID]int // live views by workspace
}

// NewRoom opens a room.
func NewRoom(a Announcer, poll time.Duration) *Room {
	return &Room{Announcer: a, Poll: poll, waiting: map[uuid.UUID][]chan struct{}{}, closed: make(chan struct{}), seats: map[uuid.UUID]int{}}
}

// Run listens until ctx ends, then sends everybody home: a gateway that stops
// answers with what the rows say by then.
func (r *Room) Run(ctx context.Context) error {
	defer close(r.closed)
	return r.Announcer.Announcements(ctx, r.tell)
}

// Look reads a run's row.
type Look func(ctx context.Context) (run.Run, error)

// Until looks at a run until it is over or waits for somebody, and returns what
// it saw last. It gives up when limit has passed, ctx ends or the room closes;
// seen is false when no look succeeded. Each look is bounded by patience, so a
// database that is away for a while does not end the wait.
func (r *Room) Until(ctx context.Context, id uuid.UUID, limit, patience time.Duration, look Look) (last run.Run, seen bool) {
	told := r.enter(id)
	defer r.leave(id, told)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(r.Poll)
	defer tick.Stop()
	for {
		if now, err := once(ctx, patience, look); err == nil {
			last, seen = now, true
		}
		if seen && settled(last.Status) {
			return last, true
		}
		select {
		case <-told:
		case <-tick.C:
		case <-ctx.Done():
			return r.finally(ctx, patience, look, last, seen)
		case <-r.closed:
			return last, seen
		}
	}
}

// finally looks once more when the time is over: the run may have ended just
// now, and the caller has waited long for it.
func (r *Room) finally(ctx context.Context, patience time.Duration, look Look, last run.Run, seen bool) (run.Run, bool) {
	if now, err := once(context.WithoutCancel(ctx), patience, look); err == nil {
		return now, true
	}
	return last, seen
}

func once(ctx context.Context, patience time.Duration, look Look) (run.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return look(ctx)
}

// settled says that nothing happens to the run unless somebody does something.
func settled(s run.Status) bool { return s.Terminal() || s == run.StatusWaiting }

func (r *Room) enter(id uuid.UUID) chan struct{} {
	told := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting[id] = append(r.waiting[id], told)
	return told
}

func (r *Room) leave(id uuid.UUID, told chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var others []chan struct{}
	for _, c := range r.waiting[id] {
		if c != told {
			others = append(others, c)
		}
	}
	if len(others) == 0 {
		delete(r.waiting, id)
		return
	}
	r.waiting[id] = others
}

func (r *Room) tell(id uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.waiting[id] {
		select {
		case c <- struct{}{}:
		default: // it was told already
		}
	}
}
