package main

import (
	"context"
	"fmt"
	"time"
)

// measureTakeover kills a worker and waits for another to have begun all of its
// runs again.
func measureTakeover(ctx context.Context, b *bench) (taking, error) {
	lease := 30 * time.Second
	settings := []string{"ONSET_CONCURRENCY=64"}
	if b.Brief {
		lease = 2 * time.Second
		settings = append(settings, "ONSET_LEASE=2s", "ONSET_SWEEP=200ms")
	}
	f, err := b.onServers(ctx, shipped, settings...)
	if err != nil {
		return nil, err
	}
	defer f.close()
	first, err := f.serve(ctx, "worker")
	if err != nil {
		return nil, err
	}
	const runs = 40
	if _, err := flood(ctx, f.gateway.addr, runs, f.starts("doze"), unread); err != nil {
		return nil, err
	}
	if err := f.attempts(ctx, 1, runs); err != nil {
		return nil, err
	}
	if _, err := f.serve(ctx, "worker"); err != nil {
		return nil, err
	}
	first.kill()
	killed := time.Now()
	if err := f.attempts(ctx, 2, runs); err != nil {
		return nil, err
	}
	return taking{"last": time.Since(killed).Seconds(), "runs": runs, "lease": lease.Seconds()}, nil
}

// attempts waits until so many runs are in their nth attempt, which has begun
// its journal.
func (f *fleet) attempts(ctx context.Context, nth, runs int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		var n int
		err := f.db.QueryRow(ctx, `select count(*) from runs r where status = 'running' and attempts = $1
 and exists (select from journal j where j.run_id = r.id and j.epoch = r.epoch)`, nth).Scan(&n)
		if err != nil {
			return err
		}
		if n == runs {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d runs are in attempt %d: %w", n, runs, nth, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
