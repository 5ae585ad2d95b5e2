// Package embedded opens what the all-in-one needs on a bare machine: a SQLite
// file and a Redis inside the process. Where the settings name a real database
// or a real Redis, that one is opened instead, and nothing above can tell.
package embedded

import (
	"context"
	"fmt"
	"os"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
)

// Open prepares the data folder and opens the keyring, the database and Redis.
func Open(ctx context.Context, env *boot.Env) error {
	folder := env.Settings.DataDir
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the data folder (ONSET_DATA_DIR): %w", err)
	}
	unlock, err := lock(folder)
	if err != nil {
		return err
	}
	env.OnClose(unlock)
	if err := backend.Keyring(env); err != nil {
		return err
	}
	if err := database(ctx, env); err != nil {
		return err
	}
	return bells(ctx, env)
}

func database(ctx context.Context, env *boot.Env) error {
	if env.Settings.DatabaseURL != "" {
		return backend.Postgres(ctx, env)
	}
	env.Alone = true // by the lock of the data folder
	return file(ctx, env)
}

func bells(ctx context.Context, env *boot.Env) error {
	if env.Settings.RedisURL != "" {
		return backend.Redis(ctx, env, env.Settings.RedisURL)
	}
	url, err := inside(env)
	if err != nil {
		return err
	}
	return backend.Redis(ctx, env, url)
}
