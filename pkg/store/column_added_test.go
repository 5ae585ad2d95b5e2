package store_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// A deploy migrates first and replaces the services after that, so those of the
// version before go on for a while with statements that they prepared. Postgres
// refuses a prepared "select *" once its table has a column more.
func TestCallsGoOnWhileColumnsAreAdded(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	w := newWorld(t, s)
	calls := callsOf(t, w)
	for name, call := range calls {
		if err := call(t.Context()); err != nil {
			t.Fatalf("%s = %v before a column is added", name, err)
		}
	}
	addColumns(t, url)
	for name, call := range calls {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s = %v after a column was added, want no error", name, err)
		}
	}
}

// callsOf are reads of every table that callers have read, and writes that read
// what was there.
func callsOf(t *testing.T, w world) map[string]func(context.Context) error {
	t.Helper()
	k, err := w.CreateKey(t.Context(), key.Key{Name: "ci"}, []byte("mac"))
	must(t, err)
	a, err := w.Accept(t.Context(), w.start())
	must(t, err)
	page := store.Page{Limit: 10}
	return map[string]func(context.Context) error{
		"Graph":       func(ctx context.Context) error { return failure(w.Graph(ctx, "digest")) },
		"Graphs":      func(ctx context.Context) error { _, _, err := w.Graphs(ctx, page, store.GraphFilter{}); return err },
		"Builds":      func(ctx context.Context) error { _, _, err := w.Builds(ctx, "digest", page); return err },
		"Build":       func(ctx context.Context) error { return failure(w.Build(ctx, "digest", 1)) },
		"Assignments": func(ctx context.Context) error { _, _, err := w.Assignments(ctx, "DEV", page); return err },
		"Key":         func(ctx context.Context) error { return failure(w.Key(ctx, k.ID.String())) },
		"Keys":        func(ctx context.Context) error { _, _, err := w.Keys(ctx, page, store.KeyFilter{}); return err },
		"Promotions":  func(ctx context.Context) error { _, _, err := w.Promotions(ctx, "DEV", "", page); return err },
		"AuditLog":    func(ctx context.Context) error { _, _, err := w.AuditLog(ctx, store.AuditFilter{}, page); return err },
		"Trigger":     func(ctx context.Context) error { return failure(w.Trigger(ctx, "nightly")) },
		"PutTrigger":  func(ctx context.Context) error { _, _, err := w.PutTrigger(ctx, nightly(), nil); return err },
		"PutGraph": func(ctx context.Context) error {
			_, _, err := w.PutGraph(ctx, says("digest", "good day"), nil)
			return err
		},
		"Accept":   func(ctx context.Context) error { return failure(w.Accept(ctx, w.start())) },
		"Triggers": func(ctx context.Context) error { _, _, err := w.Triggers(ctx, page, store.TriggerFilter{}); return err },
		"Values": func(ctx context.Context) error {
			_, _, err := w.Values(ctx, "DEV", store.VariableValue, page)
			return err
		},
		"Runs": func(ctx context.Context) error { _, _, err := w.Runs(ctx, store.RunFilter{}, page); return err },
		"Run":  func(ctx context.Context) error { return failure(w.Run(ctx, a.Run)) },
	}
}

// addColumns adds one to every table, as a later version may.
func addColumns(t *testing.T, url string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer c.Close(t.Context()) //nolint:errcheck // the test is over with it
	must(t, failure(c.Exec(t.Context(), `do $$ declare name text; begin
 for name in select tablename from pg_tables where schemaname = 'public' loop
   execute format('alter table %I add column added_later integer not null default 0', name);
 end loop; end $$`)))
}
