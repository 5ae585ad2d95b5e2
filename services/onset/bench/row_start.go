package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// measureIdle makes one call every 100 ms.
func measureIdle(ctx context.Context, b *bench) (taking, error) {
	f, err := b.onServers(ctx, shipped)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if _, err := f.serve(ctx, "worker"); err != nil {
		return nil, err
	}
	fsync, err := b.fsync()
	if err != nil {
		return nil, err
	}
	every := func() time.Duration { return 100 * time.Millisecond }
	if _, err := pace(ctx, f.gateway.addr, 1, b.lasting(10*time.Second), every, f.starts("echo")); err != nil {
		return nil, err
	}
	ms, err := f.delays(ctx)
	return taking{"p50": percentile(ms, 50), "p99": percentile(ms, 99), "fsync": fsync}, err
}

// measureBurst floods a fleet that has slots for everybody.
func measureBurst(ctx context.Context, b *bench) (taking, error) {
	const slots = 2000
	f, err := b.onServers(ctx, ample, fmt.Sprintf("ONSET_CONCURRENCY=%d", slots))
	if err != nil {
		return nil, err
	}
	defer f.close()
	if _, err := f.serve(ctx, "worker"); err != nil {
		return nil, err
	}
	l, err := flood(ctx, f.gateway.addr, b.scaled(burst), f.starts("echo"), unread)
	if err != nil {
		return nil, err
	}
	ms, err := f.delays(ctx)
	if err != nil {
		return nil, err
	}
	most, err := f.mostAtOnce(ctx)
	return taking{
		"p50": percentile(ms, 50), "p99": percentile(ms, 99), "accepted": l.rate(),
		"running": most, "slots": slots,
	}, err
}

// delays are, for every run, from its acceptance to the first record of its
// journal, in ms. Both clocks are this machine's.
func (f *fleet) delays(ctx context.Context) ([]float64, error) {
	if err := f.settled(ctx, "pending", "running"); err != nil {
		return nil, err
	}
	rows, err := f.db.Query(ctx, `select extract(epoch from (select min(at) from journal j where j.run_id = r.id) - r.created_at)::float8 * 1000 from runs r`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[float64])
}

// mostAtOnce is the largest number of runs that were under way at one moment.
func (f *fleet) mostAtOnce(ctx context.Context) (n float64, err error) {
	err = f.db.QueryRow(ctx, `select max(n) from (
  select sum(d) over (order by at, d) as n from (
    select started_at as at, 1 as d from runs union all select finished_at, -1 from runs) e) s`).Scan(&n)
	return n, err
}
