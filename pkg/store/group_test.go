package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	_ "github.com/glebarez/sqlite"
)

// notebook is a group over a file with one table, whose names must exist as
// parents when a transaction ends.
func notebook(t *testing.T) *group {
	t.Helper()
	pool, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "group.db")+"?_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(`create table names (name text primary key, parent text references names deferrable initially deferred)`); err != nil {
		t.Fatal(err)
	}
	return newGroup(pool)
}

// noting gives a change that writes a name.
func noting(name string, parent any) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec(`insert into names values ($1, $2)`, name, parent)
		return err
	}
}

// names is what was committed.
func (g *group) names(t *testing.T) (all []string) {
	t.Helper()
	rows, err := g.pool.Query(`select name from names order by name`)
	if err != nil {
		t.Fatal(err)
	}
	all, err = collect(rows, func(s *string) []any { return []any{s} })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// together makes changes that came while somebody else wrote, and gives what
// became of each.
func (g *group) together(t *testing.T, fns ...func(*sql.Tx) error) []error {
	t.Helper()
	members := make([]*member, len(fns))
	for i, fn := range fns {
		members[i] = g.join(t.Context(), fn)
	}
	errs := make([]error, len(fns))
	for i, m := range members {
		errs[i] = g.see(t.Context(), m)
	}
	return errs
}

func TestChangesThatComeTogetherShareATransaction(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	var seen []*sql.Tx
	look := func(tx *sql.Tx) error { seen = append(seen, tx); return nil }
	g.together(t, look, look, look)
	if len(seen) != 3 || seen[0] != seen[1] || seen[1] != seen[2] {
		t.Errorf("three changes had the transactions %v", seen)
	}
}

func TestChangeThatFailsIsTakenBackAlone(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	sorry := errors.New("sorry")
	errs := g.together(t, noting("first", nil), func(tx *sql.Tx) error { return errors.Join(noting("second", nil)(tx), sorry) }, noting("third", nil))
	if errs[0] != nil || !errors.Is(errs[1], sorry) || errs[2] != nil {
		t.Errorf("the changes came to %v", errs)
	}
	if got := g.names(t); !slices.Equal(got, []string{"first", "third"}) {
		t.Errorf("written is %v", got)
	}
}

func TestCommitThatFailsIsEverybodysError(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	errs := g.together(t, noting("child", "nobody"), noting("first", nil))
	if errs[0] == nil || errs[1] == nil {
		t.Errorf("nothing was committed, and the changes came to %v", errs)
	}
	if got := g.names(t); len(got) != 0 {
		t.Errorf("written is %v", got)
	}
	if err := g.do(t.Context(), noting("later", nil)); err != nil {
		t.Errorf("the next change came to %v", err)
	}
}

func TestCallerLeavesTheGroupBeforeItsTurn(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	g.front <- struct{}{} // somebody writes
	ctx, leave := context.WithCancel(t.Context())
	m := g.join(ctx, noting("gone", nil))
	leave()
	if err := g.see(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-g.front
	if err := g.do(t.Context(), noting("stays", nil)); err != nil {
		t.Error(err)
	}
	if got := g.names(t); !slices.Equal(got, []string{"stays"}) {
		t.Errorf("written is %v", got)
	}
}

func TestManyCallersAtOnceAreAllWritten(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	const callers = 50
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			if err := g.do(t.Context(), noting(fmt.Sprint(n), nil)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(g.names(t)); got != callers {
		t.Errorf("%d names are written", got)
	}
}

// An interrupted statement has SQLite roll back the whole transaction, so who
// leaves in the middle must not interrupt one.
func TestCallerWhoLeavesInTheMiddleTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	g := notebook(t)
	s := &Store{dialect: sqlite, group: g, now: time.Now}
	ctx, leave := context.WithCancel(t.Context())
	errs := g.together(t, noting("first", nil), func(tx *sql.Tx) error {
		return s.changeIn(ctx, tx, func(c *change) error {
			leave()
			_, err := c.ExecContext(ctx, `insert into names with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) select 'n' || i, null from n`)
			return err
		})
	}, noting("third", nil))
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if got := len(g.names(t)); got != 100_002 {
		t.Errorf("%d names are written", got)
	}
}
