package main

import (
	"context"
	"fmt"
	"time"
)

// measureWatch looks at what it costs to watch schedules whose moment has not
// come: the scheduler's processor time and that of Postgres, which the gateway's
// count of alarms is part of, over a minute of each number of schedules.
func measureWatch(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, ample)
	if err != nil {
		return nil, err
	}
	defer f.close()
	t := taking{}
	for _, n := range []int{1_000, 10_000, 100_000} {
		if err := f.schedule(ctx, b.scaled(n), 3600, b.ahead().Add(12*time.Hour)); err != nil {
			return nil, err
		}
		if err := f.watch(ctx, fmt.Sprintf("%dk", n/1000), t); err != nil {
			return nil, err
		}
	}
	t["flat"] = max(t["cost_100k"], 0.1) / max(t["cost_1k"], 0.1)
	return t, nil
}

// watch lets a fresh scheduler look for a minute and notes what a second of that
// has cost.
func (f *fleet) watch(ctx context.Context, name string, t taking) error {
	scheduler, err := f.serve(ctx, "scheduler")
	if err != nil {
		return err
	}
	defer func() {
		scheduler.stop()
		f.processes = f.processes[:len(f.processes)-1]
	}()
	if err := f.rest(ctx, f.lasting(10*time.Second)); err != nil { // its start is over
		return err
	}
	minute := f.lasting(time.Minute)
	asked, err := f.transactions(ctx)
	if err != nil {
		return err
	}
	cost, err := f.during(ctx, 1, func() error { return f.rest(ctx, minute) })
	if err != nil {
		return err
	}
	after, err := f.transactions(ctx)
	const ms = 1000
	t["scheduler_"+name] = cost["scheduler_cpu"] / ms / minute.Seconds()
	t["postgres_"+name] = cost["postgres_cpu"] / ms / minute.Seconds()
	t["cost_"+name] = t["scheduler_"+name] + t["postgres_"+name]
	t["asked_"+name] = (after - asked) / minute.Seconds()
	return err
}

// transactions are those that the database has committed so far.
func (f *fleet) transactions(ctx context.Context) (n float64, err error) {
	err = f.db.QueryRow(ctx, `select xact_commit::float8 from pg_stat_database where datname = current_database()`).Scan(&n)
	return n, err
}

func (f *fleet) rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
