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
}

// clockwork is a crew with schedules that fire every second, and no worker.
func clockwork(t *testing.T, b *binary, schedulers, schedules int) crew {
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

// What the fires of schedules that fire every second have to be: moments from
// the making of a schedule to where it stands, each once, each with its run.
const (
	enumerated = `
with expected as (
  select trigger_id, generate_series(date_trunc('second', since) + interval '1 second', nominal_at - interval '1 second', interval '1 second') as at from schedules
), written as (
  select trigger_id, generate_series(nominal_at, until_at, interval '1 second') as at from fires
) `
	momentsExpected = enumerated + `select count(*) from expected`
	momentsMissing  = enumerated + `select count(*) from expected e where not exists (select from written w where w.trigger_id = e.trigger_id and w.at = e.at)`
	momentsForeign  = enumerated + `select count(*) from written w where not exists (select from expected e where w.trigger_id = e.trigger_id and w.at = e.at)`
	momentsDouble   = enumerated + `select count(*) from (select from written group by trigger_id, at having count(*) > 1) d`
	startsDouble    = `select count(*) from (select from runs where cause ->> 'kind' = 'schedule' group by trigger_id, cause ->> 'scheduled_for' having count(*) > 1) d`
	startsUnwritten = `select count(*) from runs r where cause ->> 'kind' = 'schedule' and not exists (select from fires f where f.run_id = r.id)`
	startsMissing   = `select count(*) from fires f where f.disposition = 'started' and not exists (select from runs r where r.id = f.run_id)`
)

func TestSchedulesOutliveTheirSchedulers(t *testing.T) {
	t.Parallel()
	c := clockwork(t, nil, either(3, 5), 20)
	c.suffer(t, either(9*time.Second, 2*time.Minute), either(1500*time.Millisecond, 3*time.Second))
	until(t, "everything that is due is acted upon", func() bool {
		return c.count(t, `select count(*) from schedules where next_at < now() - interval '2 seconds'`) == 0
	})
	c.halt(t)
	moreThan(t, "moments of schedules", c.count(t, momentsExpected), either(20*5, 20*100))
	exactly(t, "moments without a record", c.count(t, momentsMissing), 0)
	exactly(t, "records without a moment", c.count(t, momentsForeign), 0)
	exactly(t, "moments with two records", c.count(t, momentsDouble), 0)
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
	moreThan(t, "moments with two records, found by the checker", c.count(t, momentsDouble), 0)
}

// halt ends the crew, so that what is counted stands still.
func (c crew) halt(t *testing.T) {
	t.Helper()
	for _, p := range c.schedulers {
		p.kill(t)
	}
}
