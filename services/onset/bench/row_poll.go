package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// watched is how many runs of each kind the pollers look at: as many as the
// shipped caps of the workspaces let run at once.
func (b *bench) watched() int { return 50 * b.tenants() }

// measurePoll asks for runs under way at 2 000/s, and then for those and for
// ended ones as fast as it can.
func measurePoll(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, shipped, fmt.Sprintf("ONSET_CONCURRENCY=%d", b.watched()))
	if err != nil {
		return nil, err
	}
	defer f.close()
	live, ended, err := f.runsToPoll(ctx)
	if err != nil {
		return nil, err
	}
	bare, err := b.bare(ctx)
	if err != nil {
		return nil, err
	}
	every := func() time.Duration { return clients * time.Second / 2000 }
	steady, err := pace(ctx, f.gateway.addr, clients, b.lasting(5*time.Second), every, live)
	if err != nil {
		return nil, err
	}
	if steady.bad > 0 {
		return nil, fmt.Errorf("%d polls were not answered 200", steady.bad)
	}
	var l load
	t, err := f.during(ctx, b.scaled(40_000), func() (err error) {
		l, err = flood(ctx, f.gateway.addr, b.scaled(40_000), live, unread)
		return err
	})
	if err != nil {
		return nil, err
	}
	e, err := flood(ctx, f.gateway.addr, b.scaled(40_000), ended, unread)
	if err != nil {
		return nil, err
	}
	maps.Copy(t, taking{
		"p50": percentile(steady.ms, 50), "p99": percentile(steady.ms, 99),
		"live_ratio": l.rate() / bare, "ended_ratio": e.rate() / bare, "live": l.rate(), "ended": e.rate(), "bare": bare,
	})
	return t, nil
}

// measureCrowd is many callers who ask as often as they are told to.
func measureCrowd(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, shipped, fmt.Sprintf("ONSET_CONCURRENCY=%d", b.watched()))
	if err != nil {
		return nil, err
	}
	defer f.close()
	live, _, err := f.runsToPoll(ctx)
	if err != nil {
		return nil, err
	}
	shortest := b.lasting(5 * time.Second)
	every := func() time.Duration { return shortest + rand.N(shortest) }
	l, err := pace(ctx, f.gateway.addr, b.scaled(10_000), b.lasting(30*time.Second), every, live)
	if err != nil {
		return nil, err
	}
	return taking{
		"p50": percentile(l.ms, 50), "p99": percentile(l.ms, 99), "errors": float64(l.bad),
		"polls": float64(len(l.ms)), "rate": l.rate(),
	}, nil
}

// runsToPoll makes runs and gives the requests that ask for those under way,
// and for those that have ended.
func (f *fleet) runsToPoll(ctx context.Context) (live, ended func(n int) []byte, err error) {
	if _, err := f.serve(ctx, "worker"); err != nil {
		return nil, nil, err
	}
	if ended, err = f.polled(ctx, "echo"); err != nil {
		return nil, nil, err
	}
	if err := f.settled(ctx, "pending", "running"); err != nil {
		return nil, nil, err
	}
	if live, err = f.polled(ctx, "doze"); err != nil {
		return nil, nil, err
	}
	return live, ended, f.settled(ctx, "pending")
}

// polled starts runs of a graph and gives the requests that ask for them.
func (f *fleet) polled(ctx context.Context, graph string) (func(n int) []byte, error) {
	var mu sync.Mutex
	var requests [][]byte
	_, err := flood(ctx, f.gateway.addr, f.watched(), f.starts(graph), func(n int, body []byte) {
		var started struct {
			ID string `json:"workflow_id"`
		}
		_ = json.Unmarshal(body, &started) // an id that is missing is answered 404
		w := f.workspaces[n%len(f.workspaces)]
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, get("/trigger/status/"+w.name+"/"+started.ID, w.key))
	})
	requests = slices.Clip(requests)
	return func(n int) []byte { return requests[n%len(requests)] }, err
}
