package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// change is one transaction over the lives of runs, at one moment of the
// database's clock. It is the whole of the run's life on SQLite, which has one
// writer, and on Postgres all of it that is not hot.
//
// What it writes is kept until flush, which the end of the transaction calls.
// Rows of runs are locked before counters, and counters in the order of their
// ids; what must go the other way round skips locked rows. So nothing waits in
// a circle.
type change struct {
	*sql.Tx
	dialect dialect
	now     stamp
	// auditKeep is how long what it records of changes is kept.
	auditKeep time.Duration
	// skip is the clause that locks the rows a sweep reads and leaves out
	// those that somebody else is moving; wait is the one that waits for them.
	skip, wait string

	made, begun, over, written, apart [][]any // rows to write: runs, attempts, attempts, journal, payloads
	moved                             moves

	counters map[uuid.UUID]counters

	// illegal is a move that no run may make: a mistake in this package, which
	// the transaction must not commit.
	illegal error
}

var (
	attemptsBegun = table{name: "attempts", keys: []string{"run_id", "epoch"}, columns: []string{"worker_id", "started_at"}}
	attemptsOver  = table{name: "attempts", keys: []string{"run_id", "epoch"}, columns: []string{"ended_at", "outcome"}}
	gains         = table{name: "workspace_counters", keys: []string{"workspace_id"}, columns: []string{"admitted", "queued"}, adds: true}
	journal       = table{name: "journal", keys: []string{"run_id", "seq"}, columns: []string{"epoch", "at", "type", "node", "iteration", "call", "data"}}
)

// counters is a difference to a row of workspace_counters.
type counters struct{ admitted, queued int }

// change runs fn in one transaction. fn may be called again when the database
// chose this transaction to end a deadlock.
func (s *Store) change(ctx context.Context, fn func(*change) error) error {
	const tries = 5
	for n := 1; ; n++ {
		err := s.tryChange(ctx, fn)
		if n < tries && deadlock(err) {
			continue
		}
		return translate(err)
	}
}

func (s *Store) tryChange(ctx context.Context, fn func(*change) error) error {
	if s.group != nil {
		return s.group.do(ctx, func(tx *sql.Tx) error { return s.changeIn(ctx, tx, fn) })
	}
	pool, err := s.db.DB()
	if err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says only that
	if err := s.changeIn(ctx, tx, fn); err != nil {
		return err
	}
	return tx.Commit()
}

// changeIn is a change as a part of a transaction, which somebody else ends.
func (s *Store) changeIn(ctx context.Context, tx *sql.Tx, fn func(*change) error) error {
	c := &change{Tx: tx, dialect: s.dialect, now: s.stamp(), auditKeep: s.auditKeep, counters: map[uuid.UUID]counters{}}
	if s.dialect == postgres {
		c.skip, c.wait = " for no key update skip locked", " for no key update"
		if err := tx.QueryRowContext(ctx, "select now()").Scan(&c.now); err != nil {
			return err
		}
	}
	if err := fn(c); err != nil {
		return err
	}
	if err := cmp.Or(c.illegal, c.flush(ctx)); err != nil {
		return err
	}
	return c.settle(ctx)
}

// ExecContext, QueryContext and QueryRowContext are the transaction's own,
// except that in a shared one no caller's context interrupts a statement: SQLite
// would roll back what the others wrote.
func (c *change) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return c.Tx.ExecContext(c.steady(ctx), text, args...)
}

func (c *change) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return c.Tx.QueryContext(c.steady(ctx), text, args...)
}

func (c *change) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	return c.Tx.QueryRowContext(c.steady(ctx), text, args...)
}

func (c *change) steady(ctx context.Context) context.Context {
	if c.dialect == sqlite {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// affect runs a statement and says how many rows it changed.
func (c *change) affect(ctx context.Context, text string, args ...any) (int, error) {
	result, err := c.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// lives reads the rows of runs that a condition finds; tail is what follows
// "from runs": where, order by, limit, and the lock.
func (c *change) lives(ctx context.Context, tail string, args ...any) ([]life, error) {
	rows, err := c.QueryContext(ctx, "select "+lifeColumns+" from runs "+tail, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*life).fields)
}

// save writes a move: the run, its attempt, and what the workspace's counters
// gain or lose by it.
func (c *change) save(before, after life) {
	if before.status != after.status && !run.CanMove(before.status, after.status) {
		c.illegal = cmp.Or(c.illegal, fmt.Errorf("run %s cannot move from %s to %s", after.id, before.status, after.status))
	}
	c.moved.add(before, after)
	c.count(after.workspace, before.slot(), after.slot())
	switch {
	case after.epoch > before.epoch:
		c.begun = append(c.begun, []any{after.id, after.epoch, after.worker, c.now})
	case after.attempt != "":
		c.over = append(c.over, []any{after.id, after.epoch, c.now, after.attempt})
	}
}

// record adds records to a journal.
func (c *change) record(l run.Lease, records []run.Record) error {
	for _, r := range records {
		data := recordData(r)
		if len(r.Data) > maxInline {
			rest, err := small(r.Data)
			if err != nil {
				return err
			}
			c.apart = append(c.apart, []any{l.Run, r.Seq, *data})
			data = &rest
		}
		c.written = append(c.written, []any{l.Run, r.Seq, l.Epoch, stampOf(r.At), r.Type, r.Node, r.Iteration, r.Call, data})
	}
	return nil
}

// flush writes what was kept so far, so that the transaction can read it.
func (c *change) flush(ctx context.Context) error {
	moved, rows := c.moved.update()
	for _, w := range []struct {
		write func(table, dialect) string
		table table
		rows  [][]any
	}{
		{table.insert, starts, c.made},
		{table.update, moved, rows},
		{table.insert, attemptsBegun, c.begun},
		{table.update, attemptsOver, c.over},
		{table.insert, journal, c.written},
		{table.insert, payloads, c.apart},
	} {
		if err := c.put(ctx, w.write, w.table, w.rows); err != nil {
			return fmt.Errorf("move runs: %w", err)
		}
	}
	c.made, c.moved, c.begun, c.over, c.written, c.apart = nil, moves{}, nil, nil, nil, nil
	return nil
}

// count remembers that a run of the workspace went from one slot to another.
func (c *change) count(workspace uuid.UUID, from, to slot) {
	d := c.counters[workspace]
	switch from {
	case slotAdmitted:
		d.admitted--
	case slotQueued:
		d.queued--
	}
	switch to {
	case slotAdmitted:
		d.admitted++
	case slotQueued:
		d.queued++
	}
	c.counters[workspace] = d
}

// settle writes the counters, each once.
func (c *change) settle(ctx context.Context) error {
	workspaces := slices.SortedFunc(maps.Keys(c.counters), func(a, b uuid.UUID) int { return cmp.Compare(a.String(), b.String()) })
	var rows [][]any
	for _, ws := range workspaces {
		if d := c.counters[ws]; d != (counters{}) {
			rows = append(rows, []any{ws, d.admitted, d.queued})
		}
	}
	if err := c.put(ctx, table.update, gains, rows); err != nil {
		return fmt.Errorf("count the runs of workspaces: %w", err)
	}
	return nil
}

// collect reads every row into a value by the places that fields names.
func collect[T any](rows *sql.Rows, fields func(*T) []any) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
