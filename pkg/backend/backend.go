// Package backend opens what a program keeps its data in: the database, Redis
// and the master key that the settings name.
package backend

import (
	"context"
	"errors"

	"github.com/onsethq/onset/pkg/boot"
)

// Connect opens Postgres and Redis, as every service does that is not the
// all-in-one. Everything that is missing is told at once, and earlier by a
// program that says that it Needs it.
func Connect(ctx context.Context, env *boot.Env) error {
	if err := Needs(env.Settings); err != nil {
		return err
	}
	if err := Keyring(env); err != nil {
		return err
	}
	if err := Postgres(ctx, env); err != nil {
		return err
	}
	return Redis(ctx, env, env.Settings.RedisURL)
}

// Needs says which of the settings that Connect cannot do without are missing.
func Needs(s boot.Settings) error {
	var missing []error
	if s.DatabaseURL == "" {
		missing = append(missing, errors.New("DATABASE_URL is not set: write postgres://user:password@host:5432/database, or run `onset up`, which brings its own"))
	}
	if s.RedisURL == "" {
		missing = append(missing, errors.New("REDIS_URL is not set: write redis://host:6379, or run `onset up`, which brings its own"))
	}
	if s.MasterKey == "" && s.Mode == boot.Hosted {
		missing = append(missing, errNoMasterKey)
	}
	return errors.Join(missing...)
}
