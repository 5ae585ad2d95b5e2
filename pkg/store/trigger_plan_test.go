package store_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// crowd is a workspace of two thousand triggers, one of which has started
// nearly all of a hundred thousand runs, beside another of that size.
const crowd = `
insert into triggers (id, workspace_id, name, kind, graph_id, environments, config, policies, labels, created_at, updated_at)
 select gen_random_uuid(), w.id, 'n' || n, 'api', (select id from graphs g where g.workspace_id = w.id), '[]', '{}', '{}', '{}', now(), now()
 from workspaces w, generate_series(1, 2000) n;
insert into runs (id, workspace_id, trigger_id, graph_id, graph_name, build, environment, class, thread_id, cause, message, user_variables, tags,
  budget_ms, next_at, turn_at, created_at)
 select gen_random_uuid(), t.workspace_id, t.id, gen_random_uuid(), 'g', 1, 'DEV', 'bg', gen_random_uuid(), '{}', '', '{}', '[]', 1000, now(), now(), now()
 from triggers t, generate_series(1, 50000) n where t.name = 'nightly';
analyze triggers; analyze runs`

// whole is a scan that goes through a table, whatever part of it is wanted.
var whole = regexp.MustCompile(`Seq Scan on (runs|triggers)`)

func TestTriggerListsGoByTheirIndexes(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w := newWorld(t, s)
	newWorld(t, s)
	for text := range strings.SplitSeq(crowd, ";") {
		must(t, s.Exec(text))
	}
	for name, c := range map[string]struct {
		filter store.TriggerFilter
		index  string
	}{
		"newest":  {store.TriggerFilter{}, "triggers_newest"},
		"changed": {store.TriggerFilter{Changed: true}, "triggers_changed"},
	} {
		plan, err := s.ExplainTriggers(t.Context(), w.workspace.ID, c.filter)
		must(t, err)
		if !strings.Contains(plan, c.index) || whole.MatchString(plan) || strings.Contains(plan, "Sort Key") {
			t.Errorf("%s does not go by %s:\n%s", name, c.index, plan)
		}
	}
	plan, err := s.ExplainLastRuns(t.Context(), w.workspace.ID, []uuid.UUID{w.trigger.ID})
	must(t, err)
	if !strings.Contains(plan, "runs_trigger") || whole.MatchString(plan) {
		t.Errorf("the last runs do not go by runs_trigger:\n%s", plan)
	}
}
