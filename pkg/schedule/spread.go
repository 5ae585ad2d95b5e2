package schedule

import (
	"hash/fnv"
	"time"

	"github.com/google/uuid"
)

// Delay is how long after its nominal moment a schedule is acted upon: always
// the same for a trigger, spread evenly over the window for many, and never up
// to the next moment.
func (t *Table) Delay(trigger uuid.UUID, nominal time.Time) time.Duration {
	window := t.window
	if window == 0 {
		return 0
	}
	if next, ok := t.Next(nominal); ok {
		window = min(window, next.Sub(nominal))
	}
	if window <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write(trigger[:])
	return time.Duration(h.Sum64() % uint64(window))
}
