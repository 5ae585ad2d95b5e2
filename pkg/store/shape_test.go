package store_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const shaped = `insert into runs (id, workspace_id, graph_id, graph_name, build, environment, cause, message, user_variables, tags, budget_ms,
  next_at, turn_at, created_at, thread_id, class, status, lease_until, finished_at, error_code)
 select ?, id, id, 'g', 1, 'DEV', '{}', '', '{}', '[]', 1000, created_at, created_at, created_at, id, ?, ?, %s, %s, %s from workspaces`

// A run has a lease while it runs and at no other time, an end when it has
// ended, and a code when it failed, whatever the code above the database does.
func TestRunHasOneShapeForEachStatus(t *testing.T) {
	t.Parallel()
	type shape struct{ lease, end, code bool }
	shapes := map[run.Status]shape{
		run.StatusPending: {}, run.StatusRunning: {lease: true}, run.StatusWaiting: {},
		run.StatusCompleted: {end: true}, run.StatusFailed: {end: true, code: true}, run.StatusCancelled: {end: true},
	}
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		newFleet(t, s, 1, 10)
		for _, status := range []run.Status{"pending", "running", "waiting", "completed", "failed", "cancelled", "done", ""} {
			for n := range 8 {
				got := shape{n&1 > 0, n&2 > 0, n&4 > 0}
				for _, class := range []run.Class{run.Background, run.Sync, "later"} {
					want, known := shapes[status]
					allowed := known && got == want && class != "later"
					err := s.Exec(fmt.Sprintf(shaped, given("created_at", got.lease), given("created_at", got.end), given("'node_failed'", got.code)), uuid.New(), class, status)
					if (err == nil) != allowed {
						t.Errorf("%q of class %q with %+v: %v", status, class, got, err)
					}
				}
			}
		}
	})
}

func given(value string, is bool) string {
	if is {
		return value
	}
	return "null"
}
