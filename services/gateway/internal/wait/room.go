// Package wait is where calls wait for their runs to end.
package wait

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/run"
)

// Announcer tells of which runs there is something new, as far as it heard: over
// says that nothing more happens to one unless somebody does something. It also
// tells what their models are writing.
type Announcer interface {
	Announcements(ctx context.Context, heard func(run uuid.UUID, over bool)) error
	Said(ctx context.Context, heard func(run.Delta)) error
}

// Room is where calls wait. An announcement makes a call look at its run's row
// at once; without one it looks every Poll. Only the row says what happened.
type Room struct {
	Announcer Announcer
	// Poll is how often a call looks when nobody told it anything.
	Poll time.Duration

	mu      sync.Mutex
	waiting map[uuid.UUID][]ear
	closed  chan struct{}
	seats   map[uuid.UUID]int // live views and long polls by workspace
}

// ear is one call in the room. One that waits for an end alone is not woken by
// what happens before it, and only live views hear what is said.
type ear struct {
	told chan struct{}
	news bool
	said chan run.Delta
}

// NewRoom opens a room.
func NewRoom(a Announcer, poll time.Duration) *Room {
	return &Room{Announcer: a, Poll: poll, waiting: map[uuid.UUID][]ear{}, closed: make(chan struct{}), seats: map[uuid.UUID]int{}}
}

// Run listens until ctx ends, then sends everybody home: a gateway that stops
// answers with what the rows say by then.
func (r *Room) Run(ctx context.Context) error {
	defer close(r.closed)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.Announcer.Announcements(ctx, r.tell) })
	g.Go(func() error { return r.Announcer.Said(ctx, r.say) })
	return g.Wait()
}

// Look reads a run's row.
type Look func(ctx context.Context) (run.Run, error)

// Call is a caller who waits for a run.
type Call struct {
	Run uuid.UUID
	// Limit is how long the caller waits; Patience bounds each look, so that a
	// database that is away for a while does not end the wait.
	Limit, Patience time.Duration
	Look            Look
	// Enough says whether what was seen is worth an answer; nil waits until the
	// run is over or waits for somebody.
	Enough func(run.Run) bool
}

// Breath is the least time between two looks at a run of which there is news
// again and again.
const Breath = 50 * time.Millisecond

// Until looks at a run until it has seen enough, and returns what it saw last.
// It gives up when the limit has passed, ctx ends or the room closes; seen is
// false when no look succeeded.
func (r *Room) Until(ctx context.Context, c Call) (last run.Run, seen bool) {
	enough, pause := c.Enough, Breath
	if enough == nil {
		enough, pause = settled, 0
	}
	told := make(chan struct{}, 1)
	r.enter(c.Run, ear{told: told, news: c.Enough != nil})
	defer r.leave(c.Run, told)
	ctx, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	tick := time.NewTicker(r.Poll)
	defer tick.Stop()
	for {
		if now, err := once(ctx, c.Patience, c.Look); err == nil {
			last, seen = now, true
		}
		if seen && enough(last) {
			return last, true
		}
		rested := time.After(pause)
		select {
		case <-told:
			select {
			case <-rested:
			case <-ctx.Done():
			}
			select {
			case <-told: // the next look sees what this tells of, too
			default:
			}
		case <-tick.C:
		case <-ctx.Done():
			return r.finally(ctx, c, last, seen)
		case <-r.closed:
			return last, seen
		}
	}
}

// finally looks once more when the time is over: the run may have ended just
// now, and the caller has waited long for it. One who has left is not looked for.
func (r *Room) finally(ctx context.Context, c Call, last run.Run, seen bool) (run.Run, bool) {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return last, seen
	}
	if now, err := once(context.WithoutCancel(ctx), c.Patience, c.Look); err == nil {
		return now, true
	}
	return last, seen
}

func once(ctx context.Context, patience time.Duration, look Look) (run.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return look(ctx)
}

// settled says that nothing happens to the run unless a person does something.
func settled(r run.Run) bool { return r.Status.Terminal() || r.RequiresInput() }

func (r *Room) enter(id uuid.UUID, e ear) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting[id] = append(r.waiting[id], e)
}

func (r *Room) leave(id uuid.UUID, told chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var others []ear
	for _, e := range r.waiting[id] {
		if e.told != told {
			others = append(others, e)
		}
	}
	if len(others) == 0 {
		delete(r.waiting, id)
		return
	}
	r.waiting[id] = others
}

func (r *Room) tell(id uuid.UUID, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.waiting[id] {
		if !over && !e.news {
			continue
		}
		select {
		case e.told <- struct{}{}:
		default: // it was told already
		}
	}
}

// say passes on a piece of what a model writes. A view that is behind misses it:
// offsets show the gap, and the whole text comes with the step's end.
func (r *Room) say(d run.Delta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.waiting[d.Run] {
		select {
		case e.said <- d:
		default: // or it hears nothing
		}
	}
}
