package api

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/peer"
)

const (
	// paceBurst is how many seconds' worth of requests a caller may send at once.
	paceBurst = 2
	// paceTurn is longer than an empty bucket takes to be full again.
	paceTurn = time.Minute
	// paceCallers bounds the memory that callers can make us use.
	paceCallers = 20_000
)

// within refuses a call whose key sends more than its rate.
func (a *API) within(c *Call) error {
	return slowed(c, "key", &a.paces, c.Key.ID, a.KeyRate)
}

// admit refuses a call of an address that sends more than its rate, whatever
// key it shows. Nobody else is asked before.
func (a *API) admit(c *Call) error {
	return slowed(c, "address", &a.crowds, peer.Group(c.Peer), a.AddressRate)
}

func slowed[K comparable](c *Call, policy string, p *paces[K], caller K, perSecond int) error {
	if perSecond == 0 {
		return nil
	}
	wait, ok := p.take(caller, perSecond, c.began)
	if ok {
		return nil
	}
	c.Header.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, policy, paceBurst*perSecond, paceBurst))
	c.Header.Set("RateLimit", fmt.Sprintf(`"%s";r=0;t=%d`, policy, int(math.Ceil(wait.Seconds()))))
	c.refused = policy + "_rate"
	return fault.New(fault.RateLimited, "Too many requests").After(wait)
}

// paces are the buckets of the callers that were here lately. A bucket that
// nobody touched for a turn is full, and forgetting it changes nothing; only
// beyond paceCallers does one find a full bucket too early, which refuses
// nobody.
type paces[K comparable] struct {
	mu         sync.Mutex
	since      time.Time
	latest     time.Time
	young, old map[K]*rate.Limiter
}

// take takes one request from a caller's bucket, or says when there will be one.
// Calls overtake each other between their beginning and here, and a bucket that is
// told an older time would be filled for the same span twice.
func (p *paces[K]) take(caller K, perSecond int, now time.Time) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.latest) {
		now = p.latest
	}
	p.latest = now
	bucket := p.bucket(caller, perSecond, now)
	if bucket.AllowN(now, 1) {
		return 0, true
	}
	missing := max(0, 1-bucket.TokensAt(now))
	return time.Duration(math.Ceil(missing / float64(perSecond) * float64(time.Second))), false
}

func (p *paces[K]) bucket(caller K, perSecond int, now time.Time) *rate.Limiter {
	if p.young == nil || len(p.young) >= paceCallers/2 || now.Sub(p.since) >= paceTurn {
		p.since, p.old, p.young = now, p.young, map[K]*rate.Limiter{}
	}
	bucket := p.young[caller]
	if bucket == nil {
		if bucket = p.old[caller]; bucket == nil {
			bucket = rate.NewLimiter(rate.Limit(perSecond), paceBurst*perSecond)
		}
		p.young[caller] = bucket
	}
	return bucket
}
