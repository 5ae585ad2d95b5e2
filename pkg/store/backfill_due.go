package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

const dueBackfill = `select ` + backfillColumns + ` from backfills where look_at is not null and look_at <= $1 order by look_at limit 1`

func (c *change) dueBackfills(ctx context.Context) ([]backfillRow, error) {
	rows, err := c.QueryContext(ctx, dueBackfill+c.skip, c.now)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*backfillRow).fields)
}

const nextBackfill = `select look_at from backfills where look_at is not null order by look_at limit 1`

func (c *change) calmBackfills(ctx context.Context) (time.Duration, error) {
	rows, err := c.QueryContext(ctx, nextBackfill)
	if err != nil {
		return 0, err
	}
	first, err := collect(rows, func(s *stamp) []any { return []any{s} })
	if err != nil || len(first) == 0 {
		return -1, err
	}
	return max(first[0].Sub(c.now.Time), 0), nil
}

// holdSchedule locks a schedule, so that nobody else decides about its moments.
func (c *change) holdSchedule(ctx context.Context, of uuid.UUID) ([]scheduleRow, error) {
	rows, err := c.QueryContext(ctx, `select `+scheduleColumns+` from schedules where trigger_id = $1`+c.wait, of)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*scheduleRow).fields)
}

// active is how many runs of a backfill have not ended, and notes those that
// have.
func (c *change) active(ctx context.Context, row backfillRow) (n int, err error) {
	rows, err := c.QueryContext(ctx, activeRuns, row.ID)
	if err != nil {
		return 0, err
	}
	type line struct {
		run   uuid.UUID
		going bool
	}
	lines, err := collect(rows, func(l *line) []any { return []any{&l.run, &l.going} })
	if err != nil {
		return 0, err
	}
	var ended []uuid.UUID
	for _, l := range lines {
		if l.going {
			n++
		} else {
			ended = append(ended, l.run)
		}
	}
	if len(ended) == 0 {
		return n, nil
	}
	which, arg := c.among("run_id", ended)
	_, err = c.affect(ctx, `update backfill_runs set ended = true where `+which+` and backfill_id = $2`, arg, row.ID)
	return n, err
}

const activeRuns = `select b.run_id, r.id is not null and r.finished_at is null from backfill_runs b left join runs r on r.id = b.run_id
 where b.backfill_id = $1 and not b.ended`
