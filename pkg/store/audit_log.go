package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
)

// shippedAuditKeep is how long an entry is kept when the options say nothing.
const shippedAuditKeep = 365 * 24 * time.Hour

// Audited is the same view for one request: what it changes in a transaction is
// recorded in that transaction, with what the mark says. Record writes what was
// changed in another way.
func (t Tenant) Audited(m *audit.Mark) Tenant {
	t.mark = m
	return t
}

// atomically is how a Tenant changes several rows, or one and its record: in one
// transaction. fn may say what it does with t.mark.Changed.
func (t Tenant) atomically(ctx context.Context, fn func(tx *gorm.DB) error) error {
	err := t.s.atomically(ctx, func(tx *gorm.DB) error {
		if err := fn(tx); err != nil {
			return err
		}
		return t.writeMark(ctx, tx.Statement.ConnPool)
	})
	return t.written(err)
}

// change is atomically for a move of the tenant's runs.
func (t Tenant) change(ctx context.Context, fn func(*change) error) error {
	err := t.s.change(ctx, func(c *change) error {
		if err := fn(c); err != nil {
			return err
		}
		return t.writeMark(ctx, c)
	})
	return t.written(err)
}

// Record writes the entry of an Audited view unless it was written with the
// change, or nothing changed.
func (t Tenant) Record(ctx context.Context) error {
	return t.written(t.s.atomically(ctx, func(tx *gorm.DB) error { return t.writeMark(ctx, tx.Statement.ConnPool) }))
}

func (t Tenant) written(err error) error {
	if err == nil {
		t.mark.Settle()
	}
	return err
}

// altered writes an entry of its own for one of the changes of a transaction that
// makes several.
func (t Tenant) altered(tx *gorm.DB, object string, before, after audit.Fields) error {
	t.mark.Changed(object, before, after)
	return t.written(t.writeMark(tx.Statement.Context, tx.Statement.ConnPool))
}

// execer is a transaction of either kind.
type execer interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

func (t Tenant) writeMark(ctx context.Context, tx execer) error {
	if !t.mark.Open() {
		return nil
	}
	return writeEntry(ctx, tx, t.ws, t.mark.Entry, t.s.stamp(), t.s.auditKeep)
}

func writeEntry(ctx context.Context, tx execer, workspace uuid.UUID, e audit.Entry, now stamp, keep time.Duration) error {
	if e.Changes == nil {
		e.Changes = []audit.Change{}
	}
	_, err := tx.ExecContext(ctx, `insert into audit_log
 (id, workspace_id, at, actor, actor_id, action, object, changes, address, request_id, keep_until)
 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		newID(), workspace, now, e.Actor, e.ActorID, e.Action, e.Object, document[[]audit.Change]{e.Changes},
		e.Address, e.RequestID, now.plus(keep))
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

type auditRow struct {
	ID        uuid.UUID
	At        stamp
	Actor     string
	ActorID   uuid.UUID
	Action    string
	Object    string
	Changes   document[[]audit.Change]
	Address   string
	RequestID string
}

func (auditRow) TableName() string { return "audit_log" }

func (r auditRow) place() string { return r.ID.String() }

func (r auditRow) noun() audit.Entry {
	return audit.Entry{
		ID: r.ID, At: r.At.Time, Actor: r.Actor, ActorID: r.ActorID, Action: r.Action, Object: r.Object,
		Changes: r.Changes.V, Address: r.Address, RequestID: r.RequestID,
	}
}

// AuditFilter narrows the audit log; empty fields do not.
type AuditFilter struct {
	Object string // or what it begins with, up to a slash
	Action string
	Actor  string     // as the entry says it, or the key's id
	Since  *time.Time // at or after
	Until  *time.Time // before
}

// AuditLog lists what was changed in the workspace, newest first.
func (t Tenant) AuditLog(ctx context.Context, f AuditFilter, p Page) ([]audit.Entry, string, error) {
	for path, text := range map[string]string{"object": f.Object, "action": f.Action, "actor": f.Actor} {
		if err := checkText(path, text); err != nil {
			return nil, "", err
		}
	}
	query := t.rows(t.db(ctx), "audit_log")
	if f.Object != "" {
		query = query.Where("(object = ? or substr(object, 1, ?) = ?)", f.Object, utf8.RuneCountInString(f.Object)+1, f.Object+"/")
	}
	if f.Action != "" {
		query = query.Where("action = ?", f.Action)
	}
	if id, ok := refID(f.Actor); ok {
		query = query.Where("actor_id = ?", id)
	} else if f.Actor != "" {
		query = query.Where("actor = ?", f.Actor)
	}
	if f.Since != nil {
		query = query.Where("at >= ?", stampOf(*f.Since))
	}
	if f.Until != nil {
		query = query.Where("at < ?", stampOf(*f.Until))
	}
	rows, next, err := newest[auditRow](t, "audit", "audit_log.id", p, query)
	return nouns(rows, auditRow.noun), next, err
}

// SweepAuditLog deletes entries that were kept for as long as was promised when
// they were written, at most limit, and returns how many.
func (f Fleet) SweepAuditLog(ctx context.Context, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		n, err = c.affect(ctx, `delete from audit_log where id in (
 select id from audit_log where keep_until <= $1 order by keep_until limit $2`+c.skip+`)`, c.now, limit)
		return err
	})
	return n, err
}
