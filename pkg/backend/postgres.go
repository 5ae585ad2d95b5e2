package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
)

// Postgres opens DATABASE_URL. A database that is not there yet is waited for.
// A schema that is behind stops a hosted service, because `onset migrate` is a
// decision; in local mode it is brought up to date.
func Postgres(ctx context.Context, env *boot.Env) error {
	s, err := reach(ctx, env.Settings.DatabaseURL, Options(env), env.Log)
	if err != nil {
		return err
	}
	env.OnClose(s.Close)
	env.Store = s
	if err := ready(ctx, env); err != nil {
		return err
	}
	return SameKey(ctx, env)
}

// ready sees to it that the schema is what this program was written for.
func ready(ctx context.Context, env *boot.Env) error {
	s := env.Store
	if env.Settings.Mode == boot.Local {
		return s.Migrate(ctx)
	}
	pending, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	if pending > 0 {
		return fmt.Errorf("the database lacks %d migrations: run `onset migrate` first", pending)
	}
	return nil
}

// Migrate brings the schema of DATABASE_URL up to date.
func Migrate(ctx context.Context, url secret.Secret, log *slog.Logger) error {
	if url == "" {
		return errors.New("DATABASE_URL is not set: `onset up` migrates its own file by itself")
	}
	s, err := reach(ctx, url, store.Options{Log: log}, log)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// Options are those of a store that serves env.
func Options(env *boot.Env) store.Options {
	return store.Options{
		Terms:     run.Terms{Lease: env.Settings.Lease},
		Now:       env.Now,
		Log:       env.Log,
		CursorKey: env.Keyring.Derive("cursor"),
		AuditKeep: env.Settings.RetainAudit,
	}
}

const (
	// arrival is how long a program waits at start for a database that is
	// starting too; knocks are knockEvery apart.
	arrival    = 30 * time.Second
	knockEvery = 500 * time.Millisecond
)

// reach opens the database, trying again while it is away.
func reach(ctx context.Context, url secret.Secret, o store.Options, log *slog.Logger) (*store.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, arrival)
	defer cancel()
	tick := time.NewTicker(knockEvery)
	defer tick.Stop()
	var cause error
	for told := false; ; told = true {
		s, err := store.Postgres(ctx, url.Reveal(), o)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, fault.Unavailable) {
			return nil, fmt.Errorf("open DATABASE_URL: %w", err)
		}
		if cause == nil || ctx.Err() == nil {
			cause = errors.Unwrap(err) // and not that our own patience has ended
		}
		if !told {
			log.InfoContext(ctx, "waiting for the database", "seconds", arrival.Seconds())
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("DATABASE_URL cannot be reached: %w", cause)
		case <-tick.C:
		}
	}
}
