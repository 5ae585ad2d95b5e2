package run

import "time"

// Terms are the times that hold a run to one worker. All of them follow from
// the lease, so that a test with a short one tests the same machine.
type Terms struct {
	// Lease is how long a run belongs to a worker after its last heartbeat,
	// by the database's clock. Shipped: 30 s.
	Lease time.Duration
}

// Beat is how often a worker renews its leases.
func (t Terms) Beat() time.Duration { return t.Lease / 6 }

// Fence is how long after its last good heartbeat a worker may still begin
// something; from then on it must assume that another owns its runs.
func (t Terms) Fence() time.Duration { return t.Lease * 2 / 3 }

// CrashBackoff is the pause before a run whose worker was lost is tried again.
// crashes counts the attempts lost in a row without a completed step; ok is
// false when the run has to end instead.
func CrashBackoff(crashes int) (pause time.Duration, ok bool) {
	switch {
	case crashes >= MaxCrashes:
		return 0, false
	case crashes > 1:
		return 5 * time.Second, true
	}
	return time.Second, true
}

// MaxCrashes attempts in a row that died without completing a single step end
// a run as worker_lost: whatever kills them is in the run.
const MaxCrashes = 3

// Grace is how long after its deadline a run may still write its own end
// before the sweep writes it.
const Grace = 30 * time.Second
