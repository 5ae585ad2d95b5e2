package chaos

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// resume answers a run that waits for a person.
func (c client) resume(t *testing.T, id uuid.UUID, said string) int {
	t.Helper()
	a, err := c.do(t.Context(), http.MethodPost, "/trigger/resume/chaos/"+id.String(), "", fmt.Sprintf(`{"message": %q}`, said))
	if err != nil {
		t.Fatal(err)
	}
	return a.code
}

// asking are runs that wait for a person.
func (f *fleet) asking(t *testing.T, n int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, n)
	var group sync.WaitGroup
	for first := range 8 {
		group.Go(func() {
			for i := first; i < n; i += 8 {
				a, err := f.client.start(t.Context(), "ask", "", "it")
				if err != nil || a.code != http.StatusOK {
					t.Errorf("start: %d %v", a.code, err)
					return
				}
				ids[i] = a.run()
			}
		})
	}
	group.Wait()
	until(t, "all of them wait", func() bool {
		return f.count(t, `select count(*) from runs where status = 'waiting' and status_reason = 'input'`) == n
	})
	return ids
}

// Everything is killed while a run waits for a person: all services, and Redis
// with all that it held. The answer is taken by what is started again.
func TestRunWaitsForAPersonAcrossARestartOfEverything(t *testing.T) {
	t.Parallel()
	f := launch(t, plan{workers: 1, lease: quickLease})
	run := f.asking(t, 1)[0]
	services := []*program{f.gateway, f.scheduler, f.workers[0]}
	for _, p := range services {
		p.kill(t)
	}
	f.redis.kill(t)
	f.redis.up(t)
	for _, p := range services {
		p.start(t)
		p.ready(t)
	}
	if a := f.client.ended(t, run); a.Status != "waiting_for_input" {
		t.Fatalf("after the restart the run is %+v", a)
	}
	exactly(t, "answers taken", f.client.resume(t, run, "yes"), http.StatusOK)
	exactly(t, "second answers refused", f.client.resume(t, run, "no"), http.StatusConflict)
	a := f.client.ended(t, run)
	if a.Status != "completed" || a.Response["said"] != "yes" {
		t.Errorf("the run ended as %+v", a)
	}
	exactly(t, "calls after the answer", len(f.sink.of(run)["heard/0"]), 1)
}

// Runs that wait hold no place of their worker and none of its memory.
func TestRunsThatWaitCostTheirWorkerNothing(t *testing.T) {
	t.Parallel()
	many := either(300, 10_000)
	f := launch(t, plan{workers: 1})
	f.client.ended(t, f.client.started(t, "chain", "warm up"))
	for _, id := range f.asking(t, either(20, 500)) { // what a worker that has worked needs anyway
		f.client.cancel(t, id)
	}
	before := f.workers[0].metric(t, "process_resident_memory_bytes")
	ids := f.asking(t, many)
	grown := f.workers[0].metric(t, "process_resident_memory_bytes") - before
	record(t, "runs that wait", fmt.Sprint(many), "", true)
	record(t, "memory of their worker, grown by", fmt.Sprintf("%d MB", grown>>20), "< 50 MB", grown < 50<<20)
	exactly(t, "places that they hold", f.count(t, `select coalesce(sum(admitted + queued), 0) from workspace_slots`), 0)
	if a := f.client.ended(t, f.client.started(t, "chain", "beside them")); a.Status != "completed" {
		t.Errorf("beside them a run is %+v", a)
	}
	exactly(t, "answers taken", f.client.resume(t, ids[many/2], "yes"), http.StatusOK)
	if a := f.client.ended(t, ids[many/2]); a.Status != "completed" {
		t.Errorf("the one that was answered is %+v", a)
	}
}
