// Package storetest opens fresh stores for tests: the same suite runs on both
// databases, and each test has one to itself.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gormlite "github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// Both runs the test on each database.
func Both(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, Postgres(t)) })
}

// Options are those of a test's store: a lease short enough to wait for.
func Options() store.Options {
	return store.Options{Terms: run.Terms{Lease: 2 * time.Second}, CursorKey: []byte("storetest")}
}

// SQLite is a migrated store in a file of the test's own folder.
func SQLite(t testing.TB) *store.Store { return SQLiteWith(t, Options()) }

// SQLiteWith is SQLite with options of the test's own.
func SQLiteWith(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	dsn := filepath.Join(t.TempDir(), "onset.db") +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate"
	db, err := gorm.Open(gormlite.Open(dsn), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatalf("open SQLite: %v", err)
	}
	if o.Readers, err = gorm.Open(gormlite.Open(dsn+"&_pragma=query_only(1)"), &gorm.Config{Logger: logger.Discard}); err != nil {
		t.Fatalf("open SQLite to read: %v", err)
	}
	s, err := store.SQLite(t.Context(), db, o)
	if err != nil {
		t.Fatalf("open SQLite: %v", err)
	}
	t.Cleanup(func() { closed(t, s) })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate SQLite: %v", err)
	}
	return s
}

// Postgres is a migrated store in a database of the test's own, on the server
// that TEST_DATABASE_URL names.
func Postgres(t testing.TB) *store.Store { return PostgresWith(t, Options()) }

// PostgresWith is Postgres with options of the test's own.
func PostgresWith(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Postgres(t.Context(), PostgresURL(t), o)
	if err != nil {
		t.Fatalf("open Postgres: %v", err)
	}
	t.Cleanup(func() { closed(t, s) })
	return s
}

// PostgresURL makes a migrated database for the test alone, dropped after it,
// and gives its address.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Fatal("run make test, or set TEST_DATABASE_URL")
	}
	c, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatalf("connect to TEST_DATABASE_URL: %v", err)
	}
	template, err := migrated(t.Context(), c, server)
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	name := "onset_test_" + strings.ToLower(rand.Text()[:12])
	if _, err := c.Exec(t.Context(), fmt.Sprintf("create database %s template %s", name, template)); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := c.Exec(ctx, fmt.Sprintf("drop database %s with (force)", name)); err != nil {
			t.Errorf("drop the database: %v", err)
		}
		_ = c.Close(ctx)
	})
	return at(server, name)
}

// migrated makes the template database of this schema unless another test has.
// Copying it is much faster than migrating each time.
func migrated(ctx context.Context, c *pgx.Conn, server string) (string, error) {
	print, err := store.SchemaFingerprint()
	if err != nil {
		return "", err
	}
	name := "onset_template_" + print
	if _, err := c.Exec(ctx, "select pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	defer c.Exec(ctx, "select pg_advisory_unlock(hashtext($1))", name) //nolint:errcheck // closing the connection frees it too
	var exists bool
	if err := c.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil || exists {
		return name, err
	}
	draft := "onset_draft_" + strings.ToLower(rand.Text()[:12])
	if _, err := c.Exec(ctx, "create database "+draft); err != nil {
		return "", err
	}
	s, err := store.Postgres(ctx, at(server, draft), store.Options{})
	if err != nil {
		return "", err
	}
	if err := s.Migrate(ctx); err != nil {
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	_, err = c.Exec(ctx, fmt.Sprintf("alter database %s rename to %s", draft, name))
	return name, err
}

// at is the same server with another database.
func at(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + database
	return u.String()
}

func closed(t testing.TB, s *store.Store) {
	if err := s.Close(); err != nil {
		t.Errorf("close the store: %v", err)
	}
}
