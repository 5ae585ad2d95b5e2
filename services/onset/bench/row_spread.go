package main

import "context"

// measureSpread lets the moments of many schedules come over a minute.
func measureSpread(ctx context.Context, b *bench) (taking, error) {
	n, seconds := b.scaled(10_000), 60
	if b.Brief {
		seconds = 2
	}
	f, err := b.clockwork(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.schedule(ctx, n, seconds, b.ahead()); err != nil {
		return nil, err
	}
	if _, err := f.fired(ctx, n); err != nil {
		return nil, err
	}
	ms, err := f.lateness(ctx)
	return taking{"p50": percentile(ms, 50), "p99": percentile(ms, 99), "most": percentile(ms, 100), "schedules": float64(n)}, err
}
