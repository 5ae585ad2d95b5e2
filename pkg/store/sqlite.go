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
// Readers stand beside that line: they see what is committed when they ask.
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
	s.group = newGroup(pool)
	s.closers = append(s.closers, pool.Close)
	if err := s.readBeside(o.Readers); err != nil {
		return nil, err
	}
	s.serve(plain{s})
	if err := s.Ping(ctx); err != nil {
		return nil, s.abandon(err)
	}
	return s, nil
}

const readerConns = 2 // as many as there are questions under way at most times

// readBeside lets what is asked most pass by the writer's line.
func (s *Store) readBeside(readers *gorm.DB) error {
	s.readers = s.db
	if readers == nil {
		return nil
	}
	pool, err := readers.DB()
	if err != nil {
		return fmt.Errorf("open the database file to read: %w", err)
	}
	pool.SetMaxOpenConns(readerConns)
	pool.SetMaxIdleConns(readerConns)
	s.closers = append(s.closers, pool.Close)
	s.readers = readers.Session(&gorm.Session{Logger: quiet(s.now).Logger, NewDB: true})
	return nil
}
