package store_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store/storetest"
)

// many are twenty thousand schedules, each with a few fires and runs behind it.
const many = `
insert into triggers (id, workspace_id, name, kind, graph_id, environments, config, policies, labels, created_at, updated_at)
 select gen_random_uuid(), w.id, 'n' || n, 'schedule', (select id from graphs g where g.workspace_id = w.id), '[]', '{}', '{}', '{}', now(), now()
 from workspaces w, generate_series(1, 20000) n;
insert into schedules (trigger_id, workspace_id, nominal_at, next_at, since)
 select id, workspace_id, now() + n * interval '1 second', now() + n * interval '1 second', now()
 from (select id, workspace_id, row_number() over () as n from triggers where name <> 'nightly') t;
insert into schedule_audits select trigger_id, workspace_id, since, since - interval '1 second' from schedules where next_at is not null and nominal_at > now() + interval '1 second' on conflict do nothing;
insert into expectations (trigger_id, environment, workspace_id, every_s, due_at) select trigger_id, 'DEV', workspace_id, 3600, nominal_at from schedules;
insert into fires (trigger_id, nominal_at, environment, workspace_id, until_at, disposition, decided_at)
 select trigger_id, nominal_at - n * interval '1 minute', 'DEV', workspace_id, nominal_at - n * interval '1 minute', 'started', now()
 from schedules, generate_series(1, 5) n;
insert into fires (trigger_id, nominal_at, environment, workspace_id, until_at, count, disposition, decided_at)
 select trigger_id, nominal_at - interval '1 day', 'DEV', workspace_id, nominal_at - interval '1 hour', 20, 'skipped_misfire', now() from schedules;
insert into backfills (id, workspace_id, trigger_id, mode, environments, since_at, until_at, max_active, config, status, moments, look_at, created_at, created_by, finished_at)
 select gen_random_uuid(), workspace_id, trigger_id, 'missing', '[]', now(), now(), 5, '{}', case when n = 1 then 'running' else 'completed' end, 9,
  case when n = 1 then now() end, now(), 'test', case when n > 1 then now() end
 from schedules, generate_series(1, 2) n;
insert into backfill_runs (backfill_id, nominal_at, environment, workspace_id, run_id, ended)
 select id, now() - n * interval '1 hour', 'DEV', workspace_id, gen_random_uuid(), n > 2 from backfills, generate_series(1, 8) n;
insert into runs (id, workspace_id, trigger_id, graph_id, graph_name, build, environment, class, thread_id, cause, message, user_variables, tags,
  budget_ms, next_at, turn_at, created_at)
 select gen_random_uuid(), t.workspace_id, t.id, gen_random_uuid(), 'g', 1, 'DEV', 'bg', gen_random_uuid(), '{}', '', '{}', '[]', 1000, now(), now(), now()
 from triggers t, generate_series(1, 3) n`

func TestIdleSchedulerLooksAtNoScheduleThatIsNotDue(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w := newWorld(t, s)
	for text := range strings.SplitSeq(many+"; analyze", ";") {
		must(t, s.Exec(text))
	}
	plans, err := s.ExplainSchedules(t.Context(), w.workspace.ID, []uuid.UUID{w.trigger.ID, uuid.New(), uuid.New()})
	must(t, err)
	for name, index := range map[string]string{
		"due": "schedules_due", "next": "schedules_due", "waiting": "fires_queued", "recent": "runs_trigger", "ended": "runs_trigger", "stand": "schedules_pkey",
		"backfill due": "backfills_due", "backfill next": "backfills_due", "backfill active": "backfill_runs_active",
		"moments": "fires_pkey", "ranges": "fires_ranges", "forgotten": "fires_decided", "collapse": "fires_pkey",
		"stray": "schedules_stray", "distant": "schedules_due", "turns": "schedule_audits_turn", "overdue": "expectations_due", "success": "runs_trigger",
	} {
		if plan := plans[name]; !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s does not go by %s:\n%s", name, index, plan)
		}
	}
}
