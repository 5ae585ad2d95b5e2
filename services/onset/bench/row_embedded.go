package main

import (
	"context"
	"fmt"
	"maps"
)

// measureEmbedded floods the all-in-one with its own database and Redis.
func measureEmbedded(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onItself(ctx, fmt.Sprintf("ONSET_CONCURRENCY=%d", busy))
	if err != nil {
		return nil, err
	}
	defer f.close()
	fsync, err := b.fsync()
	if err != nil {
		return nil, err
	}
	tasks, err := b.asynq(ctx)
	if err != nil {
		return nil, err
	}
	var l load
	var finished float64
	t, err := f.during(ctx, b.scaled(burst/2), func() (err error) {
		l, finished, err = f.floodAndFinish(ctx, b.scaled(burst/2))
		return err
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(t, taking{"ratio": finished / tasks, "finished": finished, "accepted": l.rate(), "asynq": tasks, "fsync": fsync})
	return t, nil
}
