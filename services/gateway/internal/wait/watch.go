package wait

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// watchers is how many live views and long polls one workspace may hold open at
// a gateway.
const watchers = 1000

// pieces is how many pieces of text a live view may be behind.
const pieces = 64

// Watch is one caller's ear in the room, for as long as it likes.
type Watch struct {
	// Told receives when somebody announced the run, Closed when the room closes.
	Told   <-chan struct{}
	Closed <-chan struct{}
	// Said receives what the run's models are writing.
	Said <-chan run.Delta
	// Leave gives up the place; it is called once.
	Leave func()
}

// Watch takes a place in the room beside a run. Fault: RateLimited when the
// workspace holds too many.
func (r *Room) Watch(workspace, id uuid.UUID) (Watch, error) {
	if !r.seat(workspace) {
		return Watch{}, fault.New(fault.RateLimited, "the workspace has %d event streams open here", watchers).After(10 * time.Second)
	}
	told, said := make(chan struct{}, 1), make(chan run.Delta, pieces)
	r.enter(id, ear{told, true, said})
	return Watch{Told: told, Closed: r.closed, Said: said, Leave: func() {
		r.leave(id, told)
		r.rise(workspace)
	}}, nil
}

// Held is Until in one of the seats of a workspace. ok is false when none is
// free: then nobody waits.
func (r *Room) Held(ctx context.Context, workspace uuid.UUID, c Call) (last run.Run, seen, ok bool) {
	if !r.seat(workspace) {
		return run.Run{}, false, false
	}
	defer r.rise(workspace)
	last, seen = r.Until(ctx, c)
	return last, seen, true
}

func (r *Room) seat(workspace uuid.UUID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seats[workspace] >= watchers {
		return false
	}
	r.seats[workspace]++
	return true
}

func (r *Room) rise(workspace uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seats[workspace]--; r.seats[workspace] == 0 {
		delete(r.seats, workspace)
	}
}

// Waiting is how many calls and live views are in the room.
func (r *Room) Waiting() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, all := range r.waiting {
		n += len(all)
	}
	return n
}
