package store

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	gormpg "gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// pinned holds the plans of the hot statements where they were measured. Every
// one of them bounds its tables by "id = any(…)", so a hash join with the batch
// costs as much as the batch, whatever the statistics say. A nested loop costs
// its square, or, turned round, the whole backlog for each batch.
var pinned = map[string]string{
	"plan_cache_mode":  "force_generic_plan",
	"enable_nestloop":  "off",
	"enable_seqscan":   "off",
	"enable_mergejoin": "off",
	"enable_memoize":   "off", // what is looked up is looked up once
	"jit":              "off",
}

const (
	coldConns = 10
	hotConns  = 14 // one per flusher, and room for claims and admission
	beatConns = 2  // heartbeats starve for nobody
)

// Postgres opens the database at url with three pools: gorm for everything
// that is not the run's life, one with pinned plans for what is, and one that
// only heartbeats use. It does not migrate.
func Postgres(ctx context.Context, url string, o Options) (*Store, error) {
	base, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database url: %w", err)
	}
	base.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if base.ConnConfig.RuntimeParams["application_name"] == "" {
		base.ConnConfig.RuntimeParams["application_name"] = "onset"
	}
	base.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "10s"
	base.ConnConfig.ConnectTimeout = 2 * time.Second
	base.AfterConnect = speak

	s := newStore(nil, postgres, o)
	cold, err := s.pool(ctx, base, coldConns, nil)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(cold)
	s.closers = append(s.closers, db.Close)
	if s.db, err = gorm.Open(gormpg.New(gormpg.Config{Conn: db}), quiet(s.now)); err != nil {
		return nil, s.abandon(err)
	}
	hot, err := s.pool(ctx, base, hotConns, pinned)
	if err != nil {
		return nil, s.abandon(err)
	}
	beats, err := s.pool(ctx, base, beatConns, pinned)
	if err != nil {
		return nil, s.abandon(err)
	}
	s.serve(batched{hot: hot, beats: beats, terms: s.terms})
	if err := s.Ping(ctx); err != nil {
		return nil, s.abandon(err)
	}
	return s, nil
}

// pool opens one more pool of the same database.
func (s *Store) pool(ctx context.Context, base *pgxpool.Config, conns int32, params map[string]string) (*pgxpool.Pool, error) {
	c := base.Copy()
	c.MaxConns = conns
	maps.Copy(c.ConnConfig.RuntimeParams, params)
	p, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open a database pool: %w", err)
	}
	s.closers = append(s.closers, func() error { p.Close(); return nil })
	return p, nil
}

func (s *Store) abandon(err error) error {
	_ = s.Close()
	return translate(err)
}

// speak makes a connection give times in UTC instead of the host's zone, and
// take ids as the sixteen bytes that they are instead of as text.
func speak(_ context.Context, c *pgx.Conn) error {
	speakIDs(c.TypeMap())
	speakArrays(c.TypeMap())
	c.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
