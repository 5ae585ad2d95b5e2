package store_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// finished is a workspace's long past: two hundred thousand runs in the order of
// their ids, so that each list looks at as many in every test, of which few
// failed, were replayed, bear a tag, or were started by the trigger or in the
// thread or of the graph that is looked for.
const finished = `insert into runs (id, workspace_id, trigger_id, trigger_name, graph_id, graph_name, build, environment, class, thread_id,
  cause, message, user_variables, tags, budget_ms, next_at, turn_at, created_at, status, error_code, finished_at)
 select id, (select workspace_id from workspace_counters),
  case when n % 20000 = 0 then $1::uuid else ('10000000-0000-7000-8000-00000000000' || n % 9)::uuid end, 't',
  case when n % 20000 = 0 then $2::uuid else ('20000000-0000-7000-8000-00000000000' || n % 9)::uuid end, 'g', 1, 'DEV', 'bg',
  case when n % 20000 = 0 then $3::uuid when n % 2 = 0 then id else gen_random_uuid() end,
  case when n % 20000 = 0 then jsonb_build_object('kind', 'replay', 'replay_of', $3::text) else '{"kind": "api"}' end, '', '{}',
  case when n % 20000 = 0 then '["rare"]' when n % 95 = 0 then '["often"]' else '[]' end::jsonb,
  1000, now(), now(), now(), case when n % 20000 = 0 then 'failed' else 'completed' end,
  case when n % 20000 = 0 then 'node_failed' end, now()
 from (select ('40000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id, n from generate_series(1, 200000) n) new`

// What a list is narrowed by must not lead through all that a workspace ever
// ran.
func TestListsOfRunsAreFoundByTheirIndexes(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	f := newFleet(t, s, 10, 100_000)
	rare := uuid.MustParse("30000000-0000-7000-8000-000000000000")
	f.exec(finished, rare, rare, rare)
	f.exec(`analyze runs`)
	for name, filter := range map[string]store.RunFilter{
		"Everything": {},
		"Trigger":    {Trigger: rare.String()},
		"Graph":      {Graph: rare.String()},
		"Thread":     {Thread: rare},
		"NoThread":   {Thread: uuid.New()},
		"Status":     {Status: []run.Status{run.StatusFailed, run.StatusWaiting}},
		"ErrorCode":  {ErrorCode: run.NodeFailed},
		"Tag":        {Tag: "rare"},
		"NoSuchTag":  {Tag: "none"},
		"OftenTag":   {Tag: "often"},
		"ReplayOf":   {ReplayOf: rare},
		"Cause":      {Cause: "api"},
	} {
		plan, err := s.ExplainRuns(t.Context(), f.ws, filter)
		f.check(err)
		if rows := looked(plan); rows > 5000 {
			t.Errorf("%s looks at %d rows:\n%s", name, rows, plan)
		}
	}
	// A filter that has no index must be seen to look at everything, or this
	// test sees nothing.
	plan, err := s.ExplainRuns(t.Context(), f.ws, store.RunFilter{Cause: "nobody"})
	f.check(err)
	if rows := looked(plan); rows < 100_000 {
		t.Errorf("a walk through everything is taken for %d rows:\n%s", rows, plan)
	}
}

var scanned = regexp.MustCompile(`Scan.*actual rows=(\d+)|Rows Removed by (?:Filter|Index Recheck): (\d+)`)

// looked is how many rows the scans of a plan that was run have read.
func looked(plan string) (rows int) {
	for _, m := range scanned.FindAllStringSubmatch(plan, -1) {
		n := 0
		for _, c := range strings.TrimSpace(m[1] + m[2]) {
			n = 10*n + int(c-'0')
		}
		rows += n
	}
	return rows
}
