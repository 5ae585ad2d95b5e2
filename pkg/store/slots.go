package store

import (
	"context"

	"github.com/onsethq/onset/pkg/run"
)

// Slots is how much of its limits a workspace uses.
type Slots struct {
	// Running hold a slot, Pending wait for one.
	Running, MaxRunning int
	Pending, MaxPending int
}

// Slots counts what the workspace holds.
func (t Tenant) Slots(ctx context.Context) (Slots, error) {
	var row struct{ Admitted, Queued, Cap, QueueCap int }
	err := t.rows(t.db(ctx), "workspace_slots").Take(&row).Error
	return Slots{Running: row.Admitted, MaxRunning: row.Cap, Pending: row.Queued, MaxPending: row.QueueCap}, translate(err)
}

// Place says what would become of one more background run: whether it would be
// accepted, and whether it would begin at once. It asks what acceptance asks.
func (s Slots) Place() (accepted, atOnce bool) {
	r := room{s.Running, s.Pending, s.MaxRunning, s.MaxPending}
	place := r.take(run.Background)
	return place != slotNone, place == slotAdmitted
}
