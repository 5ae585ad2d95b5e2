// Package launch is the one door through which an event becomes a run.
package launch

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

// Runs is what a Launcher needs of a workspace's store.
type Runs interface {
	Accept(ctx context.Context, s run.Start) (run.Accepted, error)
}

// Bells is what a Launcher needs of the queue. Neither method waits or fails.
type Bells interface {
	// Ring says that runs hold a slot and may be claimed.
	Ring(class run.Class, leases ...run.Lease)
	// Knock says that runs wait for a slot.
	Knock()
}

// Launcher turns events into runs.
type Launcher struct {
	Bells Bells
	// SyncLimit is how long a synchronous run may take from its acceptance,
	// RunLimit how long any other may execute.
	SyncLimit time.Duration
	RunLimit  time.Duration
}

// Launch stores the run, then asks for it. If the asking is lost the run stays
// pending and the dispatcher asks again, so nothing fails after the commit.
//
// A refusal is fault.TriggerPaused, fault.NotFound (archived), fault.NoBuild or
// whatever the store says; no run exists then.
func (l Launcher) Launch(ctx context.Context, runs Runs, s Start) (run.Accepted, error) {
	start, err := l.Prepare(s)
	if err != nil {
		return run.Accepted{}, err
	}
	accepted, err := runs.Accept(ctx, start)
	if err != nil {
		return run.Accepted{}, err
	}
	l.Ask(s.Class, accepted)
	return accepted, nil
}
