package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// group is group commit over changes of every kind, for a database with one
// writer. Whoever is in front takes everybody who waits into one transaction: a
// sync of the disk costs more than what most of them write, so they share it. A
// change that fails is taken back alone, and nobody is told of success before
// the commit.
type group struct {
	pool *sql.DB
	// front is held by who is writing.
	front chan struct{}

	mu      sync.Mutex
	waiting []*member
}

// member is one change and what became of it.
type member struct {
	ctx  context.Context
	fn   func(*sql.Tx) error
	err  error
	done chan struct{}
	// taken says that the change has begun or will not: by who writes, or by the
	// caller who has left.
	taken atomic.Bool
}

func newGroup(pool *sql.DB) *group { return &group{pool: pool, front: make(chan struct{}, 1)} }

// do makes fn a part of a transaction and returns after the commit. A caller
// whose context ends leaves as long as fn has not begun.
func (g *group) do(ctx context.Context, fn func(*sql.Tx) error) error {
	return g.see(ctx, g.join(ctx, fn))
}

// join lets a change wait for whoever writes next.
func (g *group) join(ctx context.Context, fn func(*sql.Tx) error) *member {
	m := &member{ctx: ctx, fn: fn, done: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, m)
	return m
}

// see waits until the change is made, by somebody else or from here.
func (g *group) see(ctx context.Context, m *member) error {
	select {
	case <-m.done:
		return m.err
	case g.front <- struct{}{}:
		g.write(g.everybody())
		<-g.front
	case <-ctx.Done():
		if m.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	<-m.done
	return m.err
}

// everybody takes who waits.
func (g *group) everybody() []*member {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.waiting
	g.waiting = nil
	return all
}

// write makes the changes and answers who waits for them.
func (g *group) write(all []*member) {
	if len(all) == 0 {
		return // who was in front before has taken us along
	}
	if err := g.commit(all); err != nil {
		for _, m := range all {
			if m.err == nil {
				m.err = err
			}
		}
	}
	for _, m := range all {
		close(m.done)
	}
}

// commit makes one transaction of the changes. Its error is everybody's whose
// change did not fail by itself. No caller's context ends it: SQLite would roll
// back what the others wrote.
func (g *group) commit(all []*member) error {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	conn, err := g.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says only that
	for _, m := range all {
		if m.err = m.ctx.Err(); m.err != nil || !m.taken.CompareAndSwap(false, true) {
			continue
		}
		if err := g.change(tx, m, len(all) == 1); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		leaveNothingOpen(ctx, conn)
		return err
	}
	return nil
}

// change makes one change, of which nothing stays when it fails. A change that
// is alone is taken back with its transaction.
func (g *group) change(tx *sql.Tx, m *member, alone bool) error {
	if alone {
		m.err = m.fn(tx)
		return m.err
	}
	if _, err := tx.Exec("savepoint turn"); err != nil {
		return fmt.Errorf("begin a change: %w", err)
	}
	m.err = m.fn(tx)
	if m.err != nil {
		if _, err := tx.Exec("rollback to turn"); err != nil {
			return errors.Join(m.err, fmt.Errorf("take a change back: %w", err))
		}
	}
	_, err := tx.Exec("release turn")
	return err
}
