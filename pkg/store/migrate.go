package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"text/template"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date. Any number of processes may call it at
// once: on Postgres one works and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return translate(fmt.Errorf("migrate: %w", err))
	}
	return nil
}

// Pending counts the migrations that this program knows and the database lacks.
// Asking leaves nothing behind in a database that has none.
func (s *Store) Pending(ctx context.Context) (int, error) {
	p, err := s.migrator()
	if err != nil {
		return 0, err
	}
	if !s.db.WithContext(ctx).Migrator().HasTable(goose.DefaultTablename) {
		return len(p.ListSources()), s.Ping(ctx) // HasTable does not tell missing from unreachable
	}
	all, err := p.Status(ctx)
	if err != nil {
		return 0, translate(fmt.Errorf("read the schema version: %w", err))
	}
	n := 0
	for _, m := range all {
		if m.State == goose.StatePending {
			n++
		}
	}
	return n, nil
}

// SchemaFingerprint tells two schemas apart, so that tests may share a template
// database per schema.
func SchemaFingerprint() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(rendered{migrations, macros[postgres]}, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(rendered{migrations, macros[postgres]}, path)
		h.Write(text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}

func (s *Store) migrator() (*goose.Provider, error) {
	db, err := s.db.DB()
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	files, err := fs.Sub(rendered{migrations, macros[s.dialect]}, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log)}
	if s.dialect == postgres {
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		options = append(options, goose.WithSessionLocker(l))
	}
	return goose.NewProvider(goose.Dialect(s.dialect), db, files, options...)
}

// rendered is a folder of migrations written in the words of one database.
type rendered struct {
	fs.FS
	words map[string]string
}

// Open gives a file with its macros replaced.
func (r rendered) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer f.Close()
	text, err := fs.ReadFile(r.FS, name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, r.words); err != nil {
		return nil, err
	}
	return &sheet{&out, info}, nil
}

// sheet is an open rendered file.
type sheet struct {
	*bytes.Buffer
	info fs.FileInfo
}

func (s *sheet) Stat() (fs.FileInfo, error) { return s.info, nil }
func (s *sheet) Close() error               { return nil }
