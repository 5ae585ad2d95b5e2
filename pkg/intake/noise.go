package intake

import (
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	noiseLimit  = 20
	noiseWindow = time.Minute
	// noiseSources bounds the memory that strangers can make us use.
	noiseSources = 10_000
)

// Noise counts requests that were not verified, by trigger and source. Its zero
// value is ready to use.
type Noise struct {
	mu    sync.Mutex
	since time.Time
	count map[noisy]int
}

// noisy is a source that tries a trigger.
type noisy struct {
	trigger uuid.UUID
	from    netip.Prefix
}

// more counts one more; many says that it was beyond the limit, and wait when the
// count begins anew.
func (n *Noise) more(of uuid.UUID, source string, now time.Time) (wait time.Duration, many bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.since) >= noiseWindow || n.count == nil {
		n.since, n.count = now, map[noisy]int{}
	}
	who := noisy{of, group(source)}
	wait = n.since.Add(noiseWindow).Sub(now)
	if _, counted := n.count[who]; !counted && len(n.count) >= noiseSources {
		return wait, true
	}
	n.count[who]++
	return wait, n.count[who] > noiseLimit
}

// group are the addresses that one source can send from: an IPv6 host has all of
// its /64.
func group(source string) netip.Prefix {
	a, err := netip.ParseAddr(source)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the bits fit the kind of address
	return p
}
