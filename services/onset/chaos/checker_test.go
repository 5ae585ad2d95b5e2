package chaos

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
)

// findings are what the checker counts after a storm. In all of them 0 is right,
// but for takeovers, without which nothing was tested.
type findings struct {
	lost          int // accepted, and no terminal row
	incomplete    int // accepted, and the row does not say completed
	finishedTwice int // runs with two attempts that wrote an end
	stale         int // records or ends that an attempt wrote after it had been overtaken
	repeated      int // steps that began again after the journal had their result
	excess        int // calls of a step beyond one for each attempt
	duplicates    int // idempotency keys with more than one run, and runs beyond the keys
	drift         int // workspace counters that differ from a count of the rows
	takeovers     int
}

// check compares what the clients were told, what the database holds and what
// the sink received.
func (f *fleet) check(t *testing.T, l *ledger) findings {
	t.Helper()
	told := l.runs()
	ids := accepts(told)
	got := findings{
		lost: f.count(t, `
			select count(*) from unnest($1::uuid[]) told (id) left join runs r on r.id = told.id
			where r.id is null or r.finished_at is null`, ids),
		incomplete: f.count(t, `
			select count(*) from unnest($1::uuid[]) told (id) left join runs r on r.id = told.id
			where r.status is distinct from 'completed'`, ids),
		finishedTwice: f.count(t, `
			select count(*) from (select run_id from attempts where outcome in ('completed', 'failed', 'cancelled')
			group by run_id having count(*) > 1) twice`),
		stale:     f.count(t, staleRecords) + f.count(t, staleEnds),
		repeated:  f.count(t, repeatedSteps) + f.repeatedCalls(t),
		excess:    f.excessCalls(t),
		drift:     f.count(t, counterDrift),
		takeovers: f.count(t, `select count(*) from attempts a where outcome = 'lost' and exists (select from attempts b where b.run_id = a.run_id and b.epoch > a.epoch)`),
	}
	for _, runs := range told {
		got.duplicates += len(runs) - 1
	}
	got.duplicates += f.count(t, `select count(*) from runs where not id = any($1)`, ids)
	return got
}

func accepts(told map[string]map[uuid.UUID]bool) (ids []uuid.UUID) {
	for _, runs := range told {
		ids = append(ids, slices.Collect(maps.Keys(runs))...)
	}
	return ids
}

// Nothing of an attempt may come into the journal once a later one has the run.
const staleRecords = `
select count(*) from journal j where exists (select from attempts a
  where a.run_id = j.run_id and a.epoch > j.epoch and a.started_at < j.at)`

// The end of a run is that of its newest attempt, or the sweep's.
const staleEnds = `
select count(*) from runs r join attempts a on a.run_id = r.id and a.epoch = r.epoch
where r.status = 'completed' and a.outcome <> 'completed'
   or a.outcome in ('completed', 'failed', 'cancelled') and a.outcome <> r.status`

// A step whose result the journal holds does not begin again.
const repeatedSteps = `
select count(*) from journal done join journal again
  on again.run_id = done.run_id and again.node = done.node and again.iteration = done.iteration and again.call = done.call
where done.type = 'step.completed' and again.type in ('step.started', 'step.completed') and again.seq > done.seq`

const counterDrift = `
select count(*) from workspace_slots c
where c.admitted <> (select count(*) from runs r where r.workspace_id = c.workspace_id
        and (r.status = 'running' or r.status = 'pending' and r.admit_epoch = r.epoch))
   or c.queued <> (select count(*) from runs r where r.workspace_id = c.workspace_id
        and r.status = 'pending' and r.admit_epoch < r.epoch)`

// repeatedCalls counts calls of a step by an attempt after the one that
// completed it.
func (f *fleet) repeatedCalls(t *testing.T) (n int) {
	t.Helper()
	done := map[string]int{} // epoch by run/step
	rows, err := f.db.Query(t.Context(), `
		select run_id || '/' || node || '/' || iteration || case call when '' then '' else '/' || call end, epoch
		from journal where type = 'step.completed'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var step string
		var epoch int
		if err := rows.Scan(&step, &epoch); err != nil {
			t.Fatal(err)
		}
		done[step] = epoch
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.sink.seen(func(call) bool { return true }) {
		if epoch, ok := done[c.run.String()+"/"+c.step]; ok && c.epoch > epoch {
			n++
		}
	}
	return n
}

// excessCalls counts calls of a step that one attempt made more than once. No
// call of these graphs fails, so none is tried again.
func (f *fleet) excessCalls(t *testing.T) (n int) {
	t.Helper()
	type once struct {
		run   uuid.UUID
		step  string
		epoch int
	}
	made := map[once]bool{}
	for _, c := range f.sink.seen(func(call) bool { return true }) {
		o := once{c.run, c.step, c.epoch}
		if made[o] {
			n++
		}
		made[o] = true
	}
	return n
}

// count asks the database for one number.
func (f *fleet) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := f.db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	return n
}
