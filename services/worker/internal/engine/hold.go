package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Why an attempt's context ended.
var (
	errCancelled = errors.New("the run was cancelled")
	errDeadline  = errors.New("the run's time is over")
	errDrain     = errors.New("the worker drains")
	errLost      = errors.New("the lease is lost")
)

// hold is a run that this worker owns as far as it knows.
type hold struct {
	lease run.Lease
	// stop ends the work; lose ends everything, also what is written.
	stop, lose context.CancelCauseFunc

	mu     sync.Mutex
	good   time.Time     // when the lease was last known to be ours
	beaten chan struct{} // closed at the next good beat
	reason run.Reason    // why it was cancelled
}

// beat tells the hold that its lease was renewed by a statement sent at that
// moment.
func (h *hold) beat(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.good = at
	close(h.beaten)
	h.beaten = make(chan struct{})
}

// fresh says whether the lease was renewed within limit, and what to wait for
// if not.
func (h *hold) fresh(now time.Time, limit time.Duration) (bool, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Sub(h.good) <= limit, h.beaten
}

// cancelled remembers why and stops the work.
func (h *hold) cancelled(reason run.Reason) {
	h.mu.Lock()
	h.reason = reason
	h.mu.Unlock()
	h.stop(errCancelled)
}

func (h *hold) whyCancelled() run.Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reason == "" {
		return run.Requested
	}
	return h.reason
}

// holds are all runs that this worker owns.
type holds struct {
	mu  sync.Mutex
	all map[uuid.UUID]*hold
}

func newHolds() *holds { return &holds{all: map[uuid.UUID]*hold{}} }

// add keeps a hold. An earlier attempt of the same run that is still under way
// here has lost it, or we would not have been given it again; nothing else will
// say so to that attempt, for beats and drains reach only what is kept.
func (hs *holds) add(h *hold) {
	hs.mu.Lock()
	before := hs.all[h.lease.Run]
	hs.all[h.lease.Run] = h
	hs.mu.Unlock()
	if before != nil {
		before.lose(errLost)
	}
}

// drop forgets a hold, unless a later attempt of the same run has replaced it.
func (hs *holds) drop(h *hold) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.all[h.lease.Run] == h {
		delete(hs.all, h.lease.Run)
	}
}

func (hs *holds) list() []*hold {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	list := make([]*hold, 0, len(hs.all))
	for _, h := range hs.all {
		list = append(list, h)
	}
	return list
}

// interrupt cancels the work of all runs, so that they can be released.
func (hs *holds) interrupt() {
	for _, h := range hs.list() {
		h.stop(errDrain)
	}
}

// abandon gives up on all runs; their leases will lapse.
func (hs *holds) abandon() {
	for _, h := range hs.list() {
		h.lose(errLost)
	}
}
