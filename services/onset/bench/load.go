package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// clients is how many connections call at once.
const clients = 32

// load is what came of many calls.
type load struct {
	took time.Duration
	ms   []float64 // of every call
	bad  int       // answers that were no success
}

func (l load) rate() float64 { return float64(len(l.ms)) / l.took.Seconds() }

// flood makes calls as fast as they are answered, total of them over all
// clients. request gives the nth one; answered may look at each answer.
func flood(ctx context.Context, addr string, total int, request func(n int) []byte, answered func(n int, body []byte)) (load, error) {
	var next atomic.Int64
	var mu sync.Mutex
	var out load
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for range clients {
		g.Go(func() error {
			w, err := dial(addr)
			if err != nil {
				return err
			}
			defer w.close()
			var ms []float64
			for n := int(next.Add(1)) - 1; n < total && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
				at := time.Now()
				status, body, err := w.do(request(n))
				if err != nil {
					return err
				}
				if status != 200 {
					return fmt.Errorf("answered %d: %s", status, body)
				}
				ms = append(ms, sinceMS(at))
				answered(n, body)
			}
			mu.Lock()
			defer mu.Unlock()
			out.ms = append(out.ms, ms...)
			return ctx.Err()
		})
	}
	err := g.Wait()
	out.took = time.Since(began)
	return out, err
}

// unread is for callers who do not look at answers.
func unread(int, []byte) {}

// pace makes calls at moments that were fixed before, whatever the answers
// take: a call that had to wait for the one before it counts from when it was
// due. Each connection calls every so often, as interval says for its nth call.
func pace(ctx context.Context, addr string, connections int, lasting time.Duration, interval func() time.Duration, request func(n int) []byte) (load, error) {
	var mu sync.Mutex
	var out load
	began := time.Now()
	end := began.Add(lasting)
	g, ctx := errgroup.WithContext(ctx)
	for c := range connections {
		g.Go(func() error {
			first := began.Add(interval() * time.Duration(c) / time.Duration(connections))
			time.Sleep(time.Until(first.Add(-early))) // a server hangs up on who connects and says nothing
			w, err := dial(addr)
			if err != nil {
				return err
			}
			defer w.close()
			var ms []float64
			bad := 0
			for n, due := c, first; due.Before(end) && ctx.Err() == nil; n, due = n+connections, due.Add(interval()) {
				time.Sleep(time.Until(due))
				status, _, err := w.do(request(n))
				if err != nil {
					return err
				}
				if status < 200 || status > 299 {
					bad++
				}
				ms = append(ms, sinceMS(due))
			}
			mu.Lock()
			defer mu.Unlock()
			out.ms, out.bad = append(out.ms, ms...), out.bad+bad
			return ctx.Err()
		})
	}
	err := g.Wait()
	out.took = time.Since(began)
	return out, err
}

// early is how long before its first call a connection is made.
const early = 500 * time.Millisecond

func sinceMS(at time.Time) float64 { return float64(time.Since(at)) / float64(time.Millisecond) }
