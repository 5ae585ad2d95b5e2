package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// rows begins a statement on the rows of a table that belong to the tenant. It
// is how every statement of a Tenant on one table begins.
func (t Tenant) rows(tx *gorm.DB, table string) *gorm.DB {
	return tx.Table(table).Where(table+".workspace_id = ?", t.ws)
}

// db is the database for statements of their own.
func (t Tenant) db(ctx context.Context) *gorm.DB { return t.s.db.WithContext(ctx) }

// atomically runs fn in one transaction. fn uses tx and nothing else: on SQLite
// a second connection would wait for the first.
func (s *Store) atomically(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if s.dialect == postgres {
		return translate(s.db.WithContext(ctx).Transaction(fn))
	}
	return translate(s.db.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		err := conn.Transaction(fn)
		if err != nil {
			leaveNothingOpen(context.WithoutCancel(ctx), conn.Statement.ConnPool)
		}
		return err
	}))
}

// leaveNothingOpen ends a transaction that SQLite has kept open although its
// commit failed, for another try; whoever comes next would find it. Where there
// is none it does nothing.
func leaveNothingOpen(ctx context.Context, conn interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}) {
	_, _ = conn.ExecContext(ctx, "rollback")
}

// forUpdate locks the rows that are read until the transaction ends. SQLite has
// one writer and needs no lock; its dialect leaves the clause out.
func forUpdate(table string) clause.Locking {
	return clause.Locking{Strength: clause.LockingStrengthUpdate, Table: clause.Table{Name: table}}
}

// forShare holds the rows that are read as they are until the transaction
// ends.
func forShare(table string) clause.Locking {
	return clause.Locking{Strength: clause.LockingStrengthShare, Table: clause.Table{Name: table}}
}

// unlessThere makes an insert of what is there already do nothing. Unlike an
// error, it leaves a Postgres transaction usable.
var unlessThere = clause.OnConflict{DoNothing: true}
