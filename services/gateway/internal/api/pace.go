package api

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/onsethq/onset/pkg/fault"
)

const (
	// paceBurst is how many seconds' worth of requests a key may send at once.
	paceBurst = 2
	// paceTurn is longer than an empty bucket takes to be full again.
	paceTurn = time.Minute
	// paceKeys bounds the memory that keys can make us use.
	paceKeys = 20_000
)

// within refuses a call whose key sends more than its rate.
func (a *API) within(c *Call, now time.Time) error {
	if a.KeyRate == 0 {
		return nil
	}
	wait, ok := a.paces.take(c.Key.ID, a.KeyRate, now)
	if ok {
		return nil
	}
	c.Header.Set("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=%d`, paceBurst*a.KeyRate, paceBurst))
	c.Header.Set("RateLimit", fmt.Sprintf(`"key";r=0;t=%d`, int(math.Ceil(wait.Seconds()))))
	return fault.New(fault.RateLimited, "Too many requests").After(wait)
}

// paces are the buckets of the keys that were used lately. A bucket that nobody
// touched for a turn is full, and forgetting it changes nothing; only beyond
// paceKeys does a key find a full bucket too early, which refuses nobody.
type paces struct {
	mu         sync.Mutex
	since      time.Time
	young, old map[uuid.UUID]*rate.Limiter
}

// take takes one request from a key's bucket, or says when there will be one.
func (p *paces) take(id uuid.UUID, perSecond int, now time.Time) (wait time.Duration, ok bool) {
	bucket := p.bucket(id, perSecond, now)
	if bucket.AllowN(now, 1) {
		return 0, true
	}
	missing := max(0, 1-bucket.TokensAt(now))
	return time.Duration(math.Ceil(missing / float64(perSecond) * float64(time.Second))), false
}

func (p *paces) bucket(id uuid.UUID, perSecond int, now time.Time) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.young == nil || len(p.young) >= paceKeys/2 || now.Sub(p.since) >= paceTurn {
		p.since, p.old, p.young = now, p.young, map[uuid.UUID]*rate.Limiter{}
	}
	bucket := p.young[id]
	if bucket == nil {
		if bucket = p.old[id]; bucket == nil {
			bucket = rate.NewLimiter(rate.Limit(perSecond), paceBurst*perSecond)
		}
		p.young[id] = bucket
	}
	return bucket
}
