package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// deliveryRate is how many webhooks come in a second.
	deliveryRate = 500
	// nowhere is where no Redis listens.
	nowhere = "redis://127.0.0.1:1"
	// known is what senders sign with.
	known = "whsec of the bench"
)

// measureDeliver sends signed webhooks at a steady rate to a gateway without
// workers, once with Redis and once without.
func measureDeliver(ctx context.Context, b *bench) (taking, error) {
	t := taking{}
	alone := *b
	alone.Redis = nowhere
	for name, b := range map[string]*bench{"": b, "alone_": &alone} {
		l, started, err := b.deliver(ctx)
		if err != nil {
			return nil, err
		}
		t[name+"p50"], t[name+"p99"], t[name+"rate"] = percentile(l.ms, 50), percentile(l.ms, 99), l.rate()
		t[name+"lost"] = float64(len(l.ms) - started)
	}
	return t, nil
}

// deliver is one measurement, and how many runs it started.
func (b *bench) deliver(ctx context.Context) (l load, started int, err error) {
	f, err := b.onServers(ctx, ample)
	if err != nil {
		return load{}, 0, err
	}
	defer f.close()
	hooks, err := f.hooks(ctx)
	if err != nil {
		return load{}, 0, err
	}
	lasting := b.lasting(20 * time.Second)
	requests := signed(hooks, deliveryRate*int(lasting/time.Millisecond)/1000+clients)
	every := func() time.Duration { return clients * time.Second / deliveryRate }
	// The first calls pay for the connections and the plans of everybody.
	warm := signed(hooks, 10*clients)
	if _, err := pace(ctx, f.gateway.addr, clients, b.lasting(time.Second), every, func(n int) []byte { return warm[n%len(warm)] }); err != nil {
		return load{}, 0, err
	}
	before, err := f.runs(ctx)
	if err != nil {
		return load{}, 0, err
	}
	l, err = pace(ctx, f.gateway.addr, clients, lasting, every, func(n int) []byte { return requests[n%len(requests)] })
	if err != nil {
		return load{}, 0, err
	}
	if l.bad > 0 {
		return load{}, 0, fmt.Errorf("%d webhooks were refused", l.bad)
	}
	after, err := f.runs(ctx)
	return l, after - before, err
}

// runs counts what was started.
func (f *fleet) runs(ctx context.Context) (n int, err error) {
	err = f.db.QueryRow(ctx, "select count(*) from runs").Scan(&n)
	return n, err
}

// hooks makes a webhook in every workspace and gives their paths.
func (f *fleet) hooks(ctx context.Context) ([]string, error) {
	paths := make([]string, len(f.workspaces))
	var g errgroup.Group
	for i, w := range f.workspaces {
		g.Go(func() error {
			var made struct{ ID string }
			const config = `{"verify": {"scheme": "hmac"}, "message": "{{ payload.text }}"}`
			err := f.call(ctx, w.key, http.MethodPut, "/"+w.name+"/triggers/hook",
				`{"kind": "generic", "graph": "echo", "environments": ["DEV"], "config": `+config+`, "policies": {"filter": "payload.action == 'opened'"}}`, &made)
			if err != nil {
				return err
			}
			paths[i] = "/api/v1/hooks/" + made.ID
			return f.call(ctx, w.key, http.MethodPost, "/"+w.name+"/triggers/hook/secrets", fmt.Sprintf(`{"value": %q}`, known), nil)
		})
	}
	return paths, g.Wait()
}

// signed are requests to webhooks, each another one.
func signed(paths []string, total int) [][]byte {
	all := make([][]byte, total)
	for n := range all {
		body := fmt.Appendf(nil, `{"action": "opened", "number": %d, "at": %d, "text": %q}`, n, time.Now().UnixNano(), message)
		mac := hmac.New(sha256.New, []byte(known))
		mac.Write(body)
		all[n] = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nX-Webhook-Signature: sha256=%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			paths[n%len(paths)], hex.EncodeToString(mac.Sum(nil)), len(body), body)
	}
	return all
}
