package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// SQLite uses the file that the caller opened with the glebarez dialector.
// There is one writer, so the store keeps one connection: what would be a lock
// wait or a busy error becomes a place in the line. It does not migrate.
//
// Times are text of one width (stamp.go), which sorts like time.
func SQLite(ctx context.Context, db *gorm.DB, o Options) (*Store, error) {
	s := newStore(nil, sqlite, o)
	s.db = db.Session(&gorm.Session{Logger: quiet(s.now).Logger, NowFunc: s.now, SkipDefaultTransaction: true, NewDB: true})
	s.db.TranslateError = true
	pool, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open the database file: %w", err)
	}
	pool.SetMaxOpenConns(1)
	s.closers = append(s.closers, pool.Close)
	s.serve(plain{s})
	if err := s.Ping(ctx); err != nil {
		return nil, s.abandon(err)
	}
	return s, nil
}
