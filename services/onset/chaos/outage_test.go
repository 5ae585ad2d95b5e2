package chaos

import (
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// outage is a way in which a server can be away.
type outage struct {
	name       string
	begin, end func(*testing.T)
}

func TestWithoutRedisStartsAreAcceptedAndRun(t *testing.T) {
	t.Parallel()
	f := launch(t, plan{workers: 2})
	for _, o := range []outage{
		{"Killed", f.redis.kill, f.redis.up},
		{"Frozen", f.redis.freeze, f.redis.thaw},
	} {
		t.Run(o.name, func(t *testing.T) {
			o.begin(t)
			began := time.Now()
			exactly(t, "starts accepted meanwhile", f.accepts(t, 20), 20)
			atMost(t, "twenty starts accepted in", time.Since(began), slack)
			f.allComplete(t)
			atMost(t, "and all run after", time.Since(began), 2*time.Second+slack) // one poll
			o.end(t)
			exactly(t, "starts accepted afterwards", f.accepts(t, 20), 20)
			f.allComplete(t)
			exactly(t, "attempts beyond one for each run", f.count(t, `select count(*) from attempts`)-f.count(t, `select count(*) from runs`), 0)
			f.nothingTwice(t)
		})
	}
}

// The outages are longer than a lease: when the database is back, all leases
// have run out, and nobody could have renewed them.
func TestWithoutPostgresCallersAreTurnedAwayAndNothingStartsTwice(t *testing.T) {
	t.Parallel()
	const lease = 4 * time.Second
	pg := newPostgres(t)
	f := launch(t, plan{database: pg.url(), workers: 2, lease: lease})
	resume := func() {}
	for _, o := range []outage{
		{"Stopped", pg.drop, pg.up},
		{"Frozen", func(t *testing.T) { resume = pg.suspend(t, f.db) }, func(*testing.T) { resume() }},
	} {
		t.Run(o.name, func(t *testing.T) {
			midway := f.sink.hold(at("first/0", 0))
			before := len(f.sink.seen(midway.matches))
			runs := make([]uuid.UUID, 8)
			for i := range runs {
				runs[i] = f.client.started(t, "chain", "hello")
			}
			until(t, "all runs are midway", func() bool { return len(f.sink.seen(midway.matches)) == before+len(runs) })

			o.begin(t)
			f.turnedAway(t, lease+time.Second, runs[0])
			o.end(t)
			f.db.Reset()
			until(t, "starts are accepted again", func() bool { return f.accepts(t, 1) == 1 })
			midway.open()
			f.allComplete(t)
			exactly(t, "accepted runs that were lost", len(runs)-f.count(t, `select count(*) from runs where id = any($1)`, runs), 0)
			// A frozen database may yet carry out what it was asked before: a start that
			// nobody was told of, and its claim by a worker that has given up waiting.
			exactly(t, "attempts beyond one for each accepted run", f.count(t, `select count(*) from attempts where run_id = any($1)`, runs)-len(runs), 0)
			f.nothingTwice(t)
		})
	}
}

// turnedAway makes calls that cannot be served, starts and looks at a run by
// turns, for as long as the outage shall last.
func (f *fleet) turnedAway(t *testing.T, lasting time.Duration, run uuid.UUID) {
	t.Helper()
	next := time.NewTicker(100 * time.Millisecond)
	defer next.Stop()
	refused, slowest := 0, time.Duration(0)
	for begun := time.Now(); time.Since(begun) < lasting; <-next.C {
		var a answer
		var err error
		if refused%2 == 0 {
			a, err = f.client.start(t.Context(), "chain", "", "nobody hears this")
		} else {
			a, err = f.client.status(t.Context(), run)
		}
		if err != nil {
			t.Fatal(err)
		}
		if seconds, bad := strconv.Atoi(a.retry); a.code != http.StatusServiceUnavailable || bad != nil || seconds < 1 {
			t.Fatalf("a call was answered %d, Retry-After %q", a.code, a.retry)
		}
		refused, slowest = refused+1, max(slowest, a.took)
	}
	moreThan(t, "calls refused with 503 and Retry-After", refused, 0)
	atMost(t, "slowest refusal", slowest, time.Second+either(slack, 200*time.Millisecond))
}

// accepts starts runs and counts those that are accepted.
func (f *fleet) accepts(t *testing.T, n int) (accepted int) {
	t.Helper()
	for range n {
		a, err := f.client.start(t.Context(), "chain", "", "hello")
		if err == nil && a.code == http.StatusOK {
			accepted++
		}
	}
	return accepted
}

// allComplete waits until no run is left and all are completed.
func (f *fleet) allComplete(t *testing.T) {
	t.Helper()
	until(t, "all runs end", func() bool { return f.count(t, `select count(*) from runs where finished_at is null`) == 0 })
	exactly(t, "runs that did not complete", f.count(t, `select count(*) from runs where status <> 'completed'`), 0)
}

// nothingTwice says that every step was called once, by processes that have been
// there all the time.
func (f *fleet) nothingTwice(t *testing.T) {
	t.Helper()
	exactly(t, "calls beyond one for each step", f.excessCalls(t)+f.repeatedCalls(t), 0)
	fallen := 0
	for _, p := range append([]*program{f.gateway, f.scheduler}, f.workers...) {
		if !p.running() || syscall.Kill(p.pid(), 0) != nil {
			fallen++
		}
	}
	exactly(t, "processes that ended", fallen, 0)
}
