package queue

import (
	"sync"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// maxWaiting bounds what waits for Redis: beyond it a bell is dropped, and the
// database rings again.
const maxWaiting = 4096

// outbox is what was rung and not sent yet. Putting in never waits.
type outbox struct {
	// filled has a token while something waits.
	filled chan struct{}

	mu    sync.Mutex
	items mail
}

// mail is one round of the ring loop.
type mail struct {
	bells map[run.Class][]run.Lease
	// told are the runs of which there is something new: true is that they are
	// over.
	told  map[uuid.UUID]bool
	knock bool
	// said is text of runs, spoken its size in bytes.
	said   []run.Delta
	spoken int
}

func newMail() mail {
	return mail{bells: map[run.Class][]run.Lease{}, told: map[uuid.UUID]bool{}}
}

func newOutbox() *outbox {
	return &outbox{filled: make(chan struct{}, 1), items: newMail()}
}

// ring adds leases and says how many found no room.
func (o *outbox) ring(c run.Class, leases []run.Lease) (dropped int) {
	o.mu.Lock()
	room := min(maxWaiting-len(o.items.bells[c]), len(leases))
	o.items.bells[c] = append(o.items.bells[c], leases[:room]...)
	o.mu.Unlock()
	o.signal()
	return len(leases) - room
}

func (o *outbox) knock() {
	o.mu.Lock()
	o.items.knock = true
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// take empties the outbox.
func (o *outbox) take() mail {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.items
	o.items = newMail()
	return m
}

// back returns bells that could not be sent, within the bound. Announcements
// and knocks are not kept: whoever waited for them has looked by now.
func (o *outbox) back(c run.Class, leases []run.Lease) (dropped int) {
	return o.ring(c, leases)
}

func (m mail) empty() bool {
	return len(m.bells) == 0 && len(m.told) == 0 && len(m.said) == 0 && !m.knock
}
