package chaos

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// Every figure of the checker, made wrong by hand.
func TestCheckerCountsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	f := &fleet{plan: plan{binary: shipped, database: database(t)}, folder: t.TempDir(), redis: &redis{}, sink: newSink(t), master: randomKey()}
	f.onset(t, nil, "migrate")
	f.db = connect(t, f.database)
	l := &ledger{}
	told := func(key string, run uuid.UUID) uuid.UUID {
		l.note(line{key: key, word: accepted, run: run})
		return run
	}

	told("fine", f.plant(t, "completed", "completed"))
	told("taken over", f.plant(t, "completed", "lost", "completed"))
	told("nowhere", uuid.New())
	told("unfinished", f.plant(t, "pending", "released"))
	told("failed", f.plant(t, "failed", "failed"))
	told("twice", f.plant(t, "completed", "completed", "completed"))
	told("ended by the overtaken", f.plant(t, "completed", "completed", "lost"))
	told("one key", f.plant(t, "completed", "completed"))
	told("one key", f.plant(t, "completed", "completed"))
	f.plant(t, "completed", "completed") // nobody asked for it

	late := told("late record", f.plant(t, "completed", "lost", "completed"))
	f.plantRecord(t, late, 1, 1, "log", "", time.Now().Add(time.Minute))
	again := told("step again", f.plant(t, "completed", "lost", "completed"))
	f.plantRecord(t, again, 1, 1, "step.completed", "first", time.Now().Add(-time.Hour))
	f.plantRecord(t, again, 2, 2, "step.started", "first", time.Now())
	f.sink.calls = []call{
		{run: again, step: "first/0", epoch: 1},
		{run: again, step: "first/0", epoch: 1},
		{run: again, step: "first/0", epoch: 2},
	}
	f.count(t, `
		with w as (insert into workspaces (id, name, limits, created_at, updated_at) values (gen_random_uuid(), 'w', '{}', now(), now()) returning id)
		insert into workspace_counters (workspace_id, admitted, cap, queue_cap) select id, 1, 1, 1 from w returning 1`)

	want := findings{
		lost: 2, incomplete: 3, finishedTwice: 1, stale: 2, repeated: 2, excess: 1,
		duplicates: 2, drift: 1, takeovers: 3,
	}
	if got := f.check(t, l); got != want {
		t.Errorf("found %+v\nwant  %+v", got, want)
	}
}

// plant makes a run with attempts that ended so, a second apart.
func (f *fleet) plant(t *testing.T, status string, outcomes ...string) (id uuid.UUID) {
	t.Helper()
	if err := f.db.QueryRow(t.Context(), `
		insert into runs (id, workspace_id, graph_id, graph_name, build, environment, class, thread_id, cause, message, user_variables, tags,
		  status, epoch, budget_ms, next_at, turn_at, created_at, finished_at, error_code)
		values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'chain', 1, 'DEV', 'bg', gen_random_uuid(), '{}', '', '{}', '[]',
		  $1, $2, 1000, now(), now(), now(), case $1 when 'pending' then null else now() end, case $1 when 'failed' then 'internal' end)
		returning id`, status, len(outcomes)).Scan(&id); err != nil {
		t.Fatal(err)
	}
	for i, outcome := range outcomes {
		f.count(t, `
			insert into attempts (run_id, epoch, worker_id, started_at, outcome)
			values ($1, $2::int, 'w', now() - interval '1 minute' + make_interval(secs => $2::int), $3) returning 1`, id, i+1, outcome)
	}
	return id
}

// plantRecord adds one record to a run's journal.
func (f *fleet) plantRecord(t *testing.T, run uuid.UUID, seq, epoch int, kind, node string, at time.Time) {
	t.Helper()
	f.count(t, `insert into journal (run_id, seq, epoch, at, type, node) values ($1, $2, $3, $4, $5, $6) returning 1`,
		run, seq, epoch, at, kind, node)
}
