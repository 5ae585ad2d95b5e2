package store

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/trigger"
)

// Audited keeps what counting accounts anew has come to, and forgets what is
// accounted for by now. It says how much is not, of all schedules.
func (f Fleet) Audited(ctx context.Context, all []Audited) (unaccounted int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		for _, a := range all {
			if err := c.audited(ctx, a); err != nil {
				return err
			}
		}
		if _, err := c.affect(ctx, c.accounted()); err != nil {
			return err
		}
		return c.QueryRowContext(ctx, `select count(*) from unaccounted`).Scan(&unaccounted)
	})
	return unaccounted, err
}

// audited writes what one account came to, unless its schedule has begun anew
// meanwhile.
func (c *change) audited(ctx context.Context, a Audited) error {
	n, err := c.affect(ctx, `update schedule_audits set audited_to = $2 where trigger_id = $1 and audited_to < $2
 and exists (select 1 from schedules s where s.trigger_id = schedule_audits.trigger_id and s.since <= $3)`,
		a.Trigger.ID, stampOf(a.To.Add(-time.Microsecond)), stampOf(a.After))
	if err != nil || n == 0 {
		return err
	}
	for extra, fires := range map[bool][]trigger.Fire{false: a.Missing, true: a.Extra} {
		for _, f := range fires {
			_, err := c.affect(ctx, `insert into unaccounted (trigger_id, nominal_at, environment, workspace_id, extra, found_at)
 values ($1, $2, $3, $4, $5, $6) on conflict do nothing`, a.Trigger.ID, stampOf(f.At), f.Environment, a.Trigger.Workspace, extra, c.now)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// accounted deletes what is accounted for by now: a moment that has a record or
// is older than what is kept, a record that is gone. A record of several moments
// is found by its first.
func (c *change) accounted() string {
	const record = `coalesce((select f.until_at from fires f where f.trigger_id = unaccounted.trigger_id and f.nominal_at <= unaccounted.nominal_at
 and (unaccounted.environment = '' or f.environment = unaccounted.environment) order by f.nominal_at desc limit 1) >= unaccounted.nominal_at, false)`
	return `delete from unaccounted where extra = (not ` + record + `)
 or nominal_at < (select s.kept_from from schedules s where s.trigger_id = unaccounted.trigger_id)`
}
