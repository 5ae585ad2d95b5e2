package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

func TestOldRunsAreToBeAskedAboutLess(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		status run.Status
		age    time.Duration
		want   time.Duration
		header string
	}{
		{run.StatusPending, 0, 500 * time.Millisecond, "1"},
		{run.StatusPending, -time.Hour, 500 * time.Millisecond, "1"}, // a database whose clock is ahead
		{run.StatusRunning, 9 * time.Second, 1500 * time.Millisecond, "2"},
		{run.StatusRunning, 30 * time.Second, 5 * time.Second, "5"},
		{run.StatusRunning, time.Hour, 10 * time.Second, "10"},
		{run.StatusWaiting, time.Second, 10 * time.Second, "10"},
		{run.StatusCompleted, time.Hour, 0, ""},
		{run.StatusCancelled, time.Second, 0, ""},
	} {
		r := run.Run{Status: c.status, Reason: run.ForInput, CreatedAt: now.Add(-c.age)}
		call := &Call{Header: http.Header{}}
		call.Stands(r, now)
		if got := PollAfter(r, now); got != c.want || call.Header.Get("Retry-After") != c.header || call.Header.Get("Run-Status") != string(c.status) {
			t.Errorf("%s after %v: %v, %v; want %v", c.status, c.age, got, call.Header, c.want)
		}
	}
}
