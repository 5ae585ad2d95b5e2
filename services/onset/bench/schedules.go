package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// schedule makes triggers that fire once a day, at n/spread seconds behind a
// moment, spread over the workspaces, up to n in all. They are written past the
// API: a hundred thousand of them are there at once.
func (f *fleet) schedule(ctx context.Context, n, spread int, first time.Time) error {
	const made = `
with spaces as (
  select g.workspace_id, g.id as graph_id, row_number() over (order by g.workspace_id) - 1 as nth, count(*) over () as all_of_them
  from graphs g where g.name = 'echo'
), moments as (
  select n, $3::timestamptz + (n % $2) * interval '1 second' as at from generate_series((select count(*) from schedules)::int, $1::int - 1) n
), made as (
  insert into triggers (id, workspace_id, name, kind, graph_id, environments, config, policies, labels, created_at, updated_at)
  select gen_random_uuid(), s.workspace_id, 'tick' || n, 'schedule', s.graph_id, '["DEV"]',
    jsonb_build_object('cron', to_char(at, 'SS MI HH24') || ' * * *', 'message', n::text), '{}', '{}', now(), now()
  from moments m join spaces s on s.nth = m.n % s.all_of_them
  returning id, workspace_id, name
), scheduled as (
  insert into schedules (trigger_id, workspace_id, nominal_at, next_at, since)
  select id, workspace_id, at, at, now() from made join moments on name = 'tick' || n
)
insert into schedule_audits select id, workspace_id, now(), now() from made`
	if _, err := f.db.Exec(ctx, made, n, spread, first); err != nil {
		return fmt.Errorf("make %d schedules: %w", n, err)
	}
	_, err := f.db.Exec(ctx, `vacuum analyze triggers, schedules, schedule_audits, fires, runs`)
	return err
}

// fired waits until so many schedules have started a run and gives when the last
// of them was there to be seen.
func (f *fleet) fired(ctx context.Context, n int) (last time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		var fires, runs int
		err := f.db.QueryRow(ctx, `select (select count(*) from fires where disposition = 'started'), (select count(*) from runs where trigger_id is not null)`).Scan(&fires, &runs)
		if err != nil {
			return last, err
		}
		if fires == n && runs == n {
			return time.Now(), nil
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("%d of %d moments have started %d runs: %w", fires, n, runs, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// lateness is, for every run, how long after its nominal moment its row was made,
// in ms. Both clocks are this machine's.
func (f *fleet) lateness(ctx context.Context) ([]float64, error) {
	rows, err := f.db.Query(ctx, `select extract(epoch from r.created_at - f.nominal_at)::float8 * 1000 from fires f join runs r on r.id = f.run_id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[float64])
}

// ahead is a whole second that comes when everything is ready for it.
func (b *bench) ahead() time.Time { return time.Now().UTC().Truncate(time.Second).Add(5 * time.Second) }
