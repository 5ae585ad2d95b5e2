package main

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// busy is how many runs the worker of a flooded fleet executes at once.
const busy = 256

// measureFinish floods the fleet and waits until everything is done.
func measureFinish(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, shipped, fmt.Sprintf("ONSET_CONCURRENCY=%d", busy))
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
	tasks, err := b.asynq(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := f.serve(ctx, "worker"); err != nil {
		return nil, err
	}
	var l load
	var finished float64
	t, err := f.during(ctx, b.scaled(burst), func() (err error) {
		l, finished, err = f.floodAndFinish(ctx, b.scaled(burst))
		return err
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(t, taking{
		"ratio": finished / tasks, "accept_ratio": l.rate() / commits, "finished": finished, "asynq": tasks,
		"accepted": l.rate(), "commits": commits, "fsync": fsync,
	})
	return t, nil
}

// floodAndFinish makes total starts and waits until all have ended.
func (f *fleet) floodAndFinish(ctx context.Context, total int) (l load, finished float64, err error) {
	began := time.Now()
	if l, err = flood(ctx, f.gateway.addr, total, f.starts("echo"), unread); err != nil {
		return l, 0, err
	}
	if err := f.settled(ctx, "pending", "running"); err != nil {
		return l, 0, err
	}
	return l, float64(total) / time.Since(began).Seconds(), nil
}
