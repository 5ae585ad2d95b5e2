package api

import (
	"sync/atomic"
	"time"
)

// seldom lets one through in every second of the clock.
type seldom struct{ second atomic.Int64 }

func (s *seldom) pass(now time.Time) bool {
	at := now.Unix()
	return s.second.Swap(at) != at
}
