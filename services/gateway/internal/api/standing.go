package api

import (
	"strconv"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

const (
	soonestPoll = 500 * time.Millisecond
	latestPoll  = 10 * time.Second
	// pollShare is which part of a run's age passes until the next look is worth
	// it: who asks at these times hears of the end late by a sixth at most.
	pollShare = 6
)

// PollAfter is when it is worth to ask again how a run stands: soon for a young
// one, after ten seconds for one that lasts, and never (0) when it has ended.
func PollAfter(r run.Run, now time.Time) time.Duration {
	switch {
	case r.Status.Terminal():
		return 0
	case r.RequiresInput():
		return latestPoll
	}
	age := now.Sub(r.CreatedAt)
	return min(max(age/pollShare, soonestPoll), latestPoll).Truncate(time.Millisecond)
}

// Stands tells in headers, the same on every surface, which run the answer is
// about, how it stands and when to ask again.
func (c *Call) Stands(r run.Run, now time.Time) {
	c.Header["Run-Id"] = []string{r.ID.String()}
	c.Header["Run-Status"] = []string{string(r.Status)}
	if after := PollAfter(r, now); after > 0 {
		c.Header["Retry-After"] = []string{strconv.Itoa(int((after + time.Second - 1) / time.Second))}
	}
}
