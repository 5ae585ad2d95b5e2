package main

import (
	"context"
	"maps"
)

// burst is how many calls make one.
const burst = 20_000

// measureAccept floods a gateway whose workers are stopped.
func measureAccept(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, shipped)
	if err != nil {
		return nil, err
	}
	defer f.close()
	fsync, err := b.fsync()
	if err != nil {
		return nil, err
	}
	commits, err := b.commits(ctx, f.db)
	if err != nil {
		return nil, err
	}
	door, err := f.door(ctx)
	if err != nil {
		return nil, err
	}
	var l load
	t, err := f.during(ctx, b.scaled(burst), func() (err error) {
		l, err = flood(ctx, f.gateway.addr, b.scaled(burst), f.starts("echo"), unread)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(t, taking{
		"ratio": l.rate() / commits, "accepted": l.rate(), "commits": commits, "fsync": fsync,
		"door": door, "door_ratio": l.rate() / door, "ceiling": door / commits,
		"p50": percentile(l.ms, 50), "p99": percentile(l.ms, 99),
	})
	return t, nil
}
