package chaos

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// crew are schedulers that act upon the same schedules, one of which dies every
// so often.
type crew struct {
	*fleet
	schedulers []*program
	tallies    []tally
}

// clockwork is a crew with schedules that fire every second, and no worker. The
// clocks of some more schedulers are wrong.
func clockwork(t *testing.T, b *binary, schedulers, schedules int, wrong ...string) crew {
	t.Helper()
	c := crew{fleet: launch(t, plan{binary: b})}
	c.schedulers = []*program{c.scheduler}
	for range schedulers - 1 {
		p := c.program(t, "scheduler")
		p.start(t)
		c.schedulers = append(c.schedulers, p)
	}
	for _, p := range c.schedulers {
		p.ready(t)
	}
	for _, offset := range wrong {
		c.schedulers = append(c.schedulers, c.misled(t, "scheduler", offset))
	}
	if b == unlocked {
		if _, err := c.db.Exec(t.Context(), `alter table fires drop constraint fires_pkey`); err != nil {
			t.Fatal(err)
		}
	}
	for n := range schedules {
		body := `{"kind": "schedule", "graph": "doze", "environments": ["DEV"], "config": {"every": "1s"}, "policies": {"misfire": {"mode": "all", "max": 100}}}`
		a, err := c.client.do(t.Context(), http.MethodPut, fmt.Sprintf("/api/v1/workspaces/chaos/triggers/tick%d", n), "", body)
		if err != nil || a.code != http.StatusCreated {
			t.Fatalf("make a schedule: %+v %v", a, err)
		}
		name := fmt.Sprintf("tick%d", n)
		c.tallies = append(c.tallies, tally{name, []tempo{{1, c.since(t, name)}}})
	}
	return c
}

// suffer kills and starts one scheduler after the other.
func (c crew) suffer(t *testing.T, during, every time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p := c.schedulers[n%len(c.schedulers)]
		p.kill(t)
		p.start(t)
	}
}

// What must not be in the database, whatever the schedules were.
const (
	startsDouble    = `select count(*) from (select from runs where cause ->> 'kind' = 'schedule' group by trigger_id, cause ->> 'scheduled_for' having count(*) > 1) d`
	startsUnwritten = `select count(*) from runs r where cause ->> 'kind' = 'schedule' and not exists (select from fires f where f.run_id = r.id)`
	startsMissing   = `select count(*) from fires f where f.disposition = 'started' and not exists (select from runs r where r.id = f.run_id)`
)

func TestSchedulesOutliveTheirSchedulers(t *testing.T) {
	t.Parallel()
	c := clockwork(t, nil, 3, 20, either(nil, []string{"1h", "-1h"})...)
	ctx, enough := context.WithCancel(t.Context())
	changes := make(chan int)
	go func() { changes <- c.meddle(ctx, t, 150*time.Millisecond) }()
	c.suffer(t, either(9*time.Second, 2*time.Minute), either(1500*time.Millisecond, 3*time.Second))
	enough()
	moreThan(t, "pauses, resumptions and edits meanwhile", <-changes, either(20, 200))
	until(t, "everything that is due is acted upon", func() bool {
		return c.count(t, `select count(*) from schedules where next_at < now() - interval '2 seconds' or gap_from is not null`) == 0
	})
	c.halt(t)
	a := c.settle(t)
	moreThan(t, "moments of schedules", a.owed, either(20*4, 20*60))
	exactly(t, "moments without a record", a.missing, 0)
	exactly(t, "records without a moment", a.foreign, 0)
	exactly(t, "moments with two records", a.double, 0)
	exactly(t, "moments that an auditor misses", c.count(t, `select count(*) from unaccounted`), 0)
	exactly(t, "moments that started two runs", c.count(t, startsDouble), 0)
	exactly(t, "scheduled runs without a record", c.count(t, startsUnwritten), 0)
	exactly(t, "records without their run", c.count(t, startsMissing), 0)
}

// A checker that never failed is unproven.
func TestWithoutTheLockTheCheckerReportsDoubles(t *testing.T) {
	t.Parallel()
	c := clockwork(t, unlocked, 3, 20)
	until(t, "a moment starts two runs", func() bool { return c.count(t, startsDouble) > 0 })
	c.halt(t)
	moreThan(t, "moments with two records, found by the checker", c.settle(t).double, 0)
}

// halt ends the crew, so that what is counted stands still.
func (c crew) halt(t *testing.T) {
	t.Helper()
	for _, p := range c.schedulers {
		p.kill(t)
	}
}
