package embedded

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/store"
)

// file opens onset.db in the data folder and brings its schema up to date.
func file(ctx context.Context, env *boot.Env) error {
	path := filepath.Join(env.Settings.DataDir, "onset.db")
	if err := private(path); err != nil {
		return err
	}
	db, err := gorm.Open(sqlite.Open(dsn(path)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return fmt.Errorf("open the database file: %w", err)
	}
	o := backend.Options(env)
	if o.Readers, err = gorm.Open(sqlite.Open(dsn(path)+"&_pragma=query_only(1)"), &gorm.Config{Logger: logger.Discard}); err != nil {
		return fmt.Errorf("open the database file to read: %w", err)
	}
	s, err := store.SQLite(ctx, db, o)
	if err != nil {
		return fmt.Errorf("open the database file: %w", err)
	}
	env.OnClose(s.Close)
	env.Store = s
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	return backend.SameKey(ctx, env)
}

// private makes the file before SQLite does, so that nobody else may read it;
// SQLite gives its log beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return f.Close()
}

// dsn asks for a write-ahead log that reaches the disk at every commit:
// accepted means on disk.
func dsn(path string) string {
	o := url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	return path + "?" + o.Encode()
}
