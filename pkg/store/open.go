package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/onsethq/onset/pkg/run"
)

const shippedLease = 30 * time.Second

// newStore fills in what the options leave open.
func newStore(db *gorm.DB, d dialect, o Options) *Store {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	s := &Store{
		db:        db,
		dialect:   d,
		now:       func() time.Time { return instant(now()) },
		log:       o.Log,
		terms:     run.Terms{Lease: cmp.Or(o.Terms.Lease, shippedLease)},
		cursorKey: o.CursorKey,
		auditKeep: cmp.Or(o.AuditKeep, shippedAuditKeep),
	}
	s.entered.Size = entriesKept
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if len(s.cursorKey) == 0 {
		s.cursorKey = []byte(rand.Text())
	}
	return s
}

// instant is a time as both databases keep it: UTC, whole microseconds. SQLite
// keeps text, which sorts like time only while every writer agrees on the zone.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// quiet is how gorm is told to leave logging to the outermost loops and times
// to the store.
func quiet(now func() time.Time) *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		NowFunc:                now,
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		QueryFields:            true, // a prepared "select *" fails when a migration adds a column
	}
}

// Close lets the flushers finish what they hold and closes every pool.
func (s *Store) Close() error {
	var errs []error
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.Clock(ctx)
	return err
}

// Clock is the database's time, by which leases, deadlines and turns are judged.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	if s.dialect == sqlite {
		if err := s.db.WithContext(ctx).Exec("select 1").Error; err != nil {
			return time.Time{}, translate(err)
		}
		return s.now(), nil
	}
	var t time.Time
	if err := s.db.WithContext(ctx).Raw("select now()").Row().Scan(&t); err != nil {
		return time.Time{}, translate(fmt.Errorf("ask the database for the time: %w", err))
	}
	return instant(t), nil
}

// Started is when the database began to serve. Sweepers wait one lease after
// it: while it was away nobody could renew one.
func (s *Store) Started(ctx context.Context) (time.Time, error) {
	if s.dialect == sqlite {
		return time.Time{}, nil
	}
	var t time.Time
	if err := s.db.WithContext(ctx).Raw("select pg_postmaster_start_time()").Row().Scan(&t); err != nil {
		return time.Time{}, translate(fmt.Errorf("ask the database for its age: %w", err))
	}
	return instant(t), nil
}
