package boot

import (
	"context"
	"maps"
	"sync"
)

// Health is what the parts of a process say about themselves. A process is
// ready while nobody complains.
type Health struct {
	mu     sync.Mutex
	said   map[string]error
	checks map[string]func(context.Context) error
}

// NewHealth makes the health of a process that nobody complained about yet.
func NewHealth() *Health {
	return &Health{said: map[string]error{}, checks: map[string]func(context.Context) error{}}
}

// Set says how a part is: nil is well. The last word counts.
func (h *Health) Set(part string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.said, part)
		return
	}
	h.said[part] = err
}

// Check adds a question that is asked whenever somebody wants to know. It must
// honour its context, which ends within a second.
func (h *Health) Check(part string, ask func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[part] = ask
}

// Problems gives every complaint by part; none means ready.
func (h *Health) Problems(ctx context.Context) map[string]error {
	h.mu.Lock()
	found, checks := maps.Clone(h.said), maps.Clone(h.checks)
	h.mu.Unlock()
	for part, ask := range checks {
		if err := ask(ctx); err != nil {
			found[part] = err
		}
	}
	return found
}
