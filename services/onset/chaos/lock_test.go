package chaos

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// lock keeps a table back from the fleet until it is released, so that a test
// can choose what comes first. A share lock stops writes to the table's rows but
// not reading or locking them.
func (f *fleet) lock(t *testing.T, table, mode string) (release func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	tx, err := f.db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "lock table "+table+" in "+mode+" mode"); err != nil {
		t.Fatalf("lock %s: %v", table, err)
	}
	release = func() {
		if err := tx.Rollback(ctx); err != nil && err != pgx.ErrTxClosed {
			t.Errorf("release %s: %v", table, err)
		}
	}
	t.Cleanup(release)
	return release
}

// hold keeps the fleet inside the statement that writes such a journal record,
// until it is released. The record is a condition on new, the row to be.
func (f *fleet) hold(t *testing.T, record string) (release func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	c, err := f.db.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		defer c.Release()
		if _, err := c.Exec(ctx, `select pg_advisory_unlock_all()`); err != nil {
			t.Errorf("release journal records: %v", err)
		}
	})
	t.Cleanup(release)
	for _, statement := range []string{
		`select pg_advisory_lock(1)`,
		`create function held() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return new; end $$`,
		`create trigger held before insert on journal for each row when (` + record + `) execute function held()`,
	} {
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	return release
}

// held says that a statement of the fleet is held.
func (f *fleet) held(t *testing.T) bool {
	t.Helper()
	return f.count(t, `select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`) > 0
}

// holds counts the runs that a worker has now.
func (f *fleet) holds(t *testing.T, w *program) int {
	t.Helper()
	return f.count(t, `
		select count(*) from runs r join attempts a on a.run_id = r.id and a.epoch = r.epoch
		where r.status = 'running' and a.worker_id like $1`, w.tag())
}

// lost counts the runs that were taken from a worker.
func (f *fleet) lost(t *testing.T, w *program) int {
	t.Helper()
	return f.count(t, `select count(*) from attempts where outcome = 'lost' and worker_id like $1`, w.tag())
}
