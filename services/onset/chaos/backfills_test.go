package chaos

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// What the fires and runs of a backfill have to be: every hour of its range
// once, each with one run, and that run is the one on record.
const (
	hoursExpected = `with expected as (
  select trigger_id, generate_series(since_at, until_at - interval '1 hour', interval '1 hour') as at from backfills
) `
	hoursNamed   = hoursExpected + `select count(*) from expected`
	hoursMissing = hoursExpected + `select count(*) from expected e where not exists (
  select 1 from fires f join runs r on r.id = f.run_id where f.trigger_id = e.trigger_id and f.nominal_at = e.at and f.disposition = 'backfilled')`
	hoursForeign = hoursExpected + `select count(*) from fires f where f.disposition = 'backfilled'
 and not exists (select 1 from expected e where e.trigger_id = f.trigger_id and e.at = f.nominal_at)`
	fillsUnwritten = `select count(*) from runs r where r.cause ->> 'backfill' is not null and not exists (select 1 from fires f where f.run_id = r.id)`
	fillsMiscount  = `select count(*) from backfills b where b.started <> (select count(*) from backfill_runs r where r.backfill_id = b.id) or b.started + b.kept + b.skipped <> b.moments`
)

// Schedulers are killed one after the other while they go on with backfills.
func TestBackfillsOutliveTheirSchedulers(t *testing.T) {
	t.Parallel()
	c := clockwork(t, nil, 3, 0)
	worker := c.program(t, "worker")
	worker.start(t)
	worker.ready(t)
	const hours = 400
	ends := time.Now().UTC().Truncate(24 * time.Hour)
	asked := fmt.Sprintf(`{"since":%q,"until":%q,"max_active":40}`, ends.Add(-hours*time.Hour).Format(time.RFC3339), ends.Format(time.RFC3339))
	ask := func(method, path, body string) {
		t.Helper()
		if a, err := c.client.do(t.Context(), method, "/api/v1/workspaces/chaos/"+path, "", body); err != nil || a.code >= 300 {
			t.Fatalf("%s: %+v %v", path, a, err)
		}
	}
	ask(http.MethodPut, "graphs/brisk", `{"nodes": [{"id": "start", "kind": "start"}, {"id": "end", "kind": "end"}], "edges": [{"from": "start", "to": "end"}]}`)
	ask(http.MethodPost, "graphs/brisk/builds", "")
	ask(http.MethodPut, "environments/DEV/assignments/brisk", `{"build": 1}`)
	for n := range 3 {
		path := fmt.Sprintf("triggers/hour%d", n)
		ask(http.MethodPut, path, `{"kind": "schedule", "graph": "brisk", "environments": ["DEV"], "config": {"cron": "0 * * * *"}}`)
		ask(http.MethodPost, path+"/backfills", asked)
	}
	c.suffer(t, 6*time.Second, 700*time.Millisecond)
	until(t, "the backfills are completed", func() bool {
		return c.count(t, `select count(*) from backfills where status = 'completed'`) == 3
	})
	c.halt(t)
	exactly(t, "moments of backfills", c.count(t, hoursNamed), 3*hours)
	exactly(t, "moments without their run", c.count(t, hoursMissing), 0)
	exactly(t, "records of other moments", c.count(t, hoursForeign), 0)
	exactly(t, "moments that started two runs", c.count(t, startsDouble), 0)
	exactly(t, "runs without a record", c.count(t, fillsUnwritten), 0)
	exactly(t, "backfills that miscount", c.count(t, fillsMiscount), 0)

	// A checker that never failed is unproven.
	if _, err := c.db.Exec(t.Context(), `delete from fires where ctid = (select ctid from fires where disposition = 'backfilled' limit 1)`); err != nil {
		t.Fatal(err)
	}
	if c.count(t, hoursMissing) != 1 || c.count(t, fillsUnwritten) != 1 {
		t.Error("the checker does not notice a record that is gone")
	}
}
