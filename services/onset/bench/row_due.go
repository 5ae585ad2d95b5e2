package main

import "context"

// measureDue lets the moments of many schedules come in the same second, while a
// worker executes what they start.
func measureDue(ctx context.Context, b *bench) (taking, error) {
	n := b.scaled(10_000)
	f, err := b.clockwork(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	moment := b.ahead()
	if err := f.schedule(ctx, n, 1, moment); err != nil {
		return nil, err
	}
	var t taking
	cost, err := f.during(ctx, n, func() error {
		last, err := f.fired(ctx, n)
		if err != nil {
			return err
		}
		ms, err := f.lateness(ctx)
		t = taking{"last": last.Sub(moment).Seconds(), "p50": percentile(ms, 50) / 1000, "schedules": float64(n)}
		return err
	})
	for part, µs := range cost {
		t[part] = µs
	}
	return t, err
}

// clockwork is a fleet with a scheduler and a worker.
func (b *bench) clockwork(ctx context.Context) (*fleet, error) {
	f, err := b.onServers(ctx, ample)
	if err != nil {
		return nil, err
	}
	for _, service := range []string{"scheduler", "worker"} {
		if _, err := f.serve(ctx, service); err != nil {
			f.close()
			return nil, err
		}
	}
	return f, nil
}
