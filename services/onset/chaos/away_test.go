package chaos

import (
	"flag"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var away = flag.Duration("chaos.away", 25*time.Second, "for how long everything is stopped while moments of schedules pass, in real time")

// catches is how many of the moments that passed start after all where a schedule
// says "all".
const catches = 20

// absence is what became of the moments of a schedule that nobody watched: those
// of the first decision after they had passed.
type absence struct {
	started, skipped int
	newest           bool // the newest moment is one that started
}

// Everything is stopped, moments pass, everything comes back: each moment is
// accounted for, as the policy of its schedule says.
func TestAbsenceIsAccountedForAsPoliciesSay(t *testing.T) {
	t.Parallel()
	c := crew{fleet: launch(t, plan{workers: 1})}
	c.schedulers = []*program{c.scheduler}
	all := []*program{c.gateway, c.scheduler, c.workers[0]}
	intervals := []int64{10}
	if *away >= 2*time.Minute {
		intervals = append(intervals, 60)
	}
	for _, seconds := range intervals {
		for _, mode := range []string{"last", "skip", "all"} {
			name := fmt.Sprintf("%s-every-%ds", mode, seconds)
			more := map[string]string{"all": fmt.Sprintf(`, "max": %d`, catches)}[mode]
			body := fmt.Sprintf(`{"kind": "schedule", "graph": "chain", "environments": ["DEV"], "config": {"every": "%ds"}, "policies": {"misfire": {"mode": %q%s}}}`, seconds, mode, more)
			if a, err := c.client.do(t.Context(), http.MethodPut, "/api/v1/workspaces/chaos/triggers/"+name, "", body); err != nil || a.code != http.StatusCreated {
				t.Fatalf("make a schedule: %+v %v", a, err)
			}
			c.tallies = append(c.tallies, tally{name, []tempo{{seconds, c.since(t, name)}}})
		}
	}
	until(t, "a moment starts a run", func() bool { return c.count(t, `select count(*) from fires`) > 0 })
	for _, p := range all {
		if err := p.stop(t, syscall.SIGTERM); err != nil {
			t.Errorf("%s ends with %v", p.name, err)
		}
	}
	gone := c.now(t)
	time.Sleep(*away) // the time itself is what is tested
	for _, p := range all {
		p.start(t)
		p.ready(t)
	}
	until(t, "everything that is due is acted upon", func() bool {
		return c.count(t, `select count(*) from schedules where next_at < now() - interval '2 seconds'`) == 0
	})
	c.halt(t)
	a := c.settle(t)
	moreThan(t, "moments of schedules, those of the absence among them", a.owed, len(c.tallies)*int(*away/time.Minute))
	exactly(t, "moments without a record", a.missing, 0)
	exactly(t, "records without a moment", a.foreign, 0)
	exactly(t, "moments with two records", a.double, 0)
	for _, l := range c.tallies {
		c.kept(t, l, gone)
	}
}

// kept checks what became of the moments that passed since everything was gone.
func (c crew) kept(t *testing.T, l tally, gone time.Time) {
	t.Helper()
	a := c.absence(t, l, gone)
	passed := a.started + a.skipped
	moreThan(t, l.trigger+": moments that passed unwatched", passed, int(*away/time.Second/time.Duration(l.eras[0].seconds))-1)
	switch l.trigger[:4] {
	case "last":
		exactly(t, l.trigger+": started", a.started, 1)
		if !a.newest {
			t.Errorf("%s: it is not the newest that starts", l.trigger)
		}
	case "skip":
		record(t, l.trigger+": started", fmt.Sprint(a.started), "0, or 1 that is on time", a.started <= 1)
	default:
		record(t, l.trigger+": started", fmt.Sprint(a.started), fmt.Sprintf("%d, and 1 that is on time", min(passed, catches)),
			a.started == min(passed, catches) || a.started == catches+1 && passed > catches)
		if !a.newest {
			t.Errorf("%s: it is not the newest that start", l.trigger)
		}
	}
}

// absence reads what was decided at once about the moments since then.
func (c crew) absence(t *testing.T, l tally, gone time.Time) (a absence) {
	t.Helper()
	rows, err := c.db.Query(t.Context(), `
select disposition, count from fires f join triggers t on t.id = f.trigger_id
where t.name = $1 and f.decided_at = (select min(decided_at) from fires g where g.trigger_id = f.trigger_id and g.until_at > $2)
order by f.nominal_at`, l.trigger, gone)
	if err != nil {
		t.Fatal(err)
	}
	var disposition string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&disposition, &count}, func() error {
		if a.newest = disposition == "started"; a.newest {
			a.started += count
		} else {
			a.skipped += count
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// now is the time by the clock that decides.
func (c crew) now(t *testing.T) (now time.Time) {
	t.Helper()
	if err := c.db.QueryRow(t.Context(), `select now()`).Scan(&now); err != nil {
		t.Fatal(err)
	}
	return now
}
