package store_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/store/storetest"
)

// Statistics from an empty table and a backlog of twenty thousand runs are what
// leads the planner astray: a batch whose plan flips takes two hundred times as
// long, and a plan that was made while the table was empty is kept.
func TestHotStatementsKeepTheirPlans(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	f := newFleet(t, s, 10, 100_000)
	f.exec(`alter table runs set (autovacuum_enabled = false)`)
	for _, state := range []struct{ name, text string }{
		{"Fresh", `select 1`},
		{"AnalyzedWhileEmpty", `analyze`},
		{"Backlog", backlog},
	} {
		f.exec(state.text)
		plans, err := s.Explain(t.Context())
		f.check(err)
		for name, plan := range plans {
			t.Run(state.name+"/"+name, func(t *testing.T) { bound(t, name, plan) })
		}
	}
}

const backlog = `insert into runs (id, workspace_id, graph_id, graph_name, build, environment, class, thread_id, cause, message, user_variables, tags,
  budget_ms, next_at, turn_at, created_at, admit_epoch)
 select gen_random_uuid(), (select workspace_id from workspace_counters), gen_random_uuid(), 'g', 1, 'DEV', 'bg', gen_random_uuid(), '{}', '', '{}', '[]',
  1000, now(), now(), now(), -(n % 2) from generate_series(1, 20000) n`

// grows is a scan of a table that grows; its index and the line after it.
var grows = regexp.MustCompile(`(?:Seq Scan on (\w+)|Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)).*\n(.*)`)

// bound demands that every scan of a table that grows goes by an index that the
// statement is meant to use, and not through all of it.
func bound(t *testing.T, name, plan string) {
	allowed := []string{"runs_pkey", "attempts_pkey", "idempotency_keys_pkey", "workspace_counters_pkey", "workspace_releases_pkey"}
	switch name {
	case "admit":
		allowed = append(allowed, "runs_queued")
	case "read", "tail", "refused", "deliver":
		allowed = append(allowed, "runs_list", "journal_pkey") // one row, by either index of runs
	case "login":
		allowed = append(allowed, "keys_mac", "workspaces_pkey")
	case "still":
		allowed = append(allowed, "keys_mac", "workspaces_pkey", "runs_list", "journal_pkey")
	case "target":
		allowed = append(allowed, "triggers_pkey", "triggers_name", "graphs_pkey", "assignments_pkey")
	case "enter":
		allowed = append(allowed, "keys_mac", "workspaces_pkey", "triggers_pkey", "triggers_name", "graphs_pkey", "assignments_pkey")
	case "hook":
		allowed = append(allowed, "workspaces_pkey", "triggers_pkey", "graphs_pkey", "assignments_pkey", "captures_pkey")
	case "place":
		allowed = append(allowed, "triggers_pkey", "environment_values_pkey")
	case "claim":
		allowed = append(allowed, "runs_ready")
	}
	found := grows.FindAllStringSubmatch(plan, -1)
	if len(found) == 0 {
		t.Errorf("no scan of a table found in:\n%s", plan)
	}
	for _, m := range found {
		whole := m[2] == "workspace_counters_pkey" && name == "admit"
		bounded := strings.Contains(m[3], "Index Cond") && (m[2] != "runs_list" || strings.Contains(m[3], "workspace_id"))
		if !slices.Contains(allowed, m[2]) || !bounded && !whole {
			t.Errorf("goes %q without a bound:\n%s", m[0], plan)
		}
	}
}
