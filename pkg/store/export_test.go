package store

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Statements counts what f asks of the database, through gorm or on the pool of
// the hot statements.
func (s *Store) Statements(f func()) (n int) {
	if b, ok := s.hot.(batched); ok {
		before := b.hot.Stat().AcquireCount()
		defer func() { n += int(b.hot.Stat().AcquireCount() - before) }()
	}
	count := func(*gorm.DB) { n++ }
	for _, db := range []*gorm.DB{s.db, s.readers} {
		if db != nil {
			counted(db, count)
		}
	}
	f()
	return n
}

// counted makes a database count what is asked of it.
func counted(db *gorm.DB, count func(*gorm.DB)) {
	on := db.Callback()
	register := map[string]error{
		"query":  on.Query().Replace("test:count", count),
		"row":    on.Row().Replace("test:count", count),
		"raw":    on.Raw().Replace("test:count", count),
		"create": on.Create().Replace("test:count", count),
		"update": on.Update().Replace("test:count", count),
		"delete": on.Delete().Replace("test:count", count),
	}
	for kind, err := range register {
		if err != nil {
			panic(kind + ": " + err.Error())
		}
	}
}

// ExplainTriggers tells how Postgres finds a page of triggers.
func (s *Store) ExplainTriggers(ctx context.Context, ws uuid.UUID, f TriggerFilter) (string, error) {
	t := s.In(ws)
	order := "triggers.id desc"
	if f.Changed {
		order = changedOrder
	}
	text := s.db.ToSQL(func(tx *gorm.DB) *gorm.DB {
		var rows []triggerRow
		return t.matching(t.triggers(tx), f).Order(order).Limit(defaultLimit).Find(&rows)
	})
	return s.plan(ctx, text)
}

// ExplainLastRuns tells how Postgres finds the newest runs of triggers.
func (s *Store) ExplainLastRuns(ctx context.Context, ws uuid.UUID, triggers []uuid.UUID) (string, error) {
	return s.plan(ctx, lastRuns, ws, ws, triggers)
}

func (s *Store) plan(ctx context.Context, text string, args ...any) (string, error) {
	var lines []string
	err := s.db.WithContext(ctx).Raw("explain "+text, args...).Scan(&lines).Error
	return strings.Join(lines, "\n"), err
}

// AtomicallyTooLate runs a transaction of which only the commit fails.
func (s *Store) AtomicallyTooLate(ctx context.Context) error {
	texts := []string{`create temporary table late (id int unique deferrable initially deferred) on commit drop`, `insert into late values (1), (1)`}
	if s.dialect == sqlite {
		texts = []string{`pragma defer_foreign_keys = 1`,
			`insert into workspace_counters (workspace_id, admitted, queued, cap, queue_cap) values ('nobody', 0, 0, 1, 1)`}
	}
	return s.atomically(ctx, func(tx *gorm.DB) error {
		for _, text := range texts {
			if err := tx.Exec(text).Error; err != nil {
				return err
			}
		}
		return nil
	})
}
