package main

import "context"

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
	l, err := flood(ctx, f.gateway.addr, b.scaled(burst), f.starts("echo"), unread)
	if err != nil {
		return nil, err
	}
	return taking{
		"ratio": l.rate() / commits, "accepted": l.rate(), "commits": commits, "fsync": fsync,
		"p50": percentile(l.ms, 50), "p99": percentile(l.ms, 99),
	}, nil
}
