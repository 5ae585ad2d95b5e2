package api

import (
	"net/netip"
	"sync"
	"time"
)

const (
	guessLimit  = 20
	guessWindow = time.Minute
	// guessPeers bounds the memory that strangers can make us use.
	guessPeers = 10_000
)

// guesses counts wrong keys by the address of the peer. Keys cannot be guessed;
// the count keeps those who try from being a load.
type guesses struct {
	mu    sync.Mutex
	since time.Time
	count map[netip.Prefix]int
}

// wrong counts one more; many says that it was beyond the limit, and wait when
// the count begins anew.
func (g *guesses) wrong(peer netip.Prefix, now time.Time) (wait time.Duration, many bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.since) >= guessWindow || g.count == nil {
		g.since, g.count = now, map[netip.Prefix]int{}
	}
	if _, counted := g.count[peer]; !counted && len(g.count) >= guessPeers {
		return 0, false
	}
	g.count[peer]++
	return g.since.Add(guessWindow).Sub(now), g.count[peer] > guessLimit
}
