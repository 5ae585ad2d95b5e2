package backend_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const master = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

var noLog = slog.New(slog.DiscardHandler)

// run starts a program that only looks at its environment and ends.
func run(t *testing.T, variables map[string]string, look func(*boot.Env)) error {
	t.Helper()
	variables["ONSET_ADMIN_ADDR"] = "127.0.0.1:0"
	s, err := boot.Load(variables, boot.Hosted)
	if err != nil {
		t.Fatal(err)
	}
	return boot.Program{Name: "test", Backends: backend.Connect, Modules: []boot.Module{
		func(env *boot.Env) (boot.Service, error) { return looker{env, look}, nil },
	}}.Run(t.Context(), s, noLog)
}

type looker struct {
	env  *boot.Env
	look func(*boot.Env)
}

func (looker) Name() string                { return "looker" }
func (l looker) Run(context.Context) error { l.look(l.env); return nil }

func redisURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("TEST_REDIS_URL")
	if url == "" {
		t.Fatal("run make test, or set TEST_REDIS_URL")
	}
	return url
}

// emptyDatabase makes a database without a schema, dropped after the test.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Fatal("run make test, or set TEST_DATABASE_URL")
	}
	c, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	name := "onset_empty_" + strings.ToLower(rand.Text()[:12])
	if _, err := c.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_, _ = c.Exec(ctx, "drop database "+name+" with (force)")
		_ = c.Close(ctx)
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = name
	return u.String()
}

func TestEverythingMissingIsToldAtOnce(t *testing.T) {
	t.Parallel()
	err := run(t, map[string]string{}, nil)
	for _, name := range []string{"DATABASE_URL is not set", "REDIS_URL is not set", "ONSET_MASTER_KEY is not set"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q is not told: %v", name, err)
		}
	}
}

func TestAHostedServiceWaitsForADecisionToMigrate(t *testing.T) {
	t.Parallel()
	url := emptyDatabase(t)
	variables := map[string]string{"DATABASE_URL": url, "REDIS_URL": redisURL(t), "ONSET_MASTER_KEY": master}
	if err := run(t, variables, nil); err == nil || !strings.Contains(err.Error(), "run `onset migrate` first") {
		t.Fatalf("an empty database: %v", err)
	}
	for range 2 { // applying twice changes nothing
		if err := backend.Migrate(t.Context(), secret.Secret(url), noLog); err != nil {
			t.Fatal(err)
		}
	}
	seen := false
	err := run(t, variables, func(env *boot.Env) {
		seen = env.Store != nil && env.Queue != nil && env.Keyring != nil && !env.Alone
	})
	if err != nil || !seen {
		t.Errorf("a migrated database: seen %v, %v", seen, err)
	}
}

func TestAnotherMasterKeyStopsTheStart(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	variables := func(key string) map[string]string {
		return map[string]string{"DATABASE_URL": url, "REDIS_URL": redisURL(t), "ONSET_MASTER_KEY": key}
	}
	if err := run(t, variables(master), func(*boot.Env) {}); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(master, "AAEC", "AAED", 1)
	if err := run(t, variables(other), nil); err == nil || !strings.Contains(err.Error(), "not the key that this database was made with") {
		t.Errorf("got %v", err)
	}
}

func TestARedisThatIsAwayStopsNobody(t *testing.T) {
	t.Parallel()
	err := run(t, map[string]string{"DATABASE_URL": storetest.PostgresURL(t), "REDIS_URL": "redis://127.0.0.1:1", "ONSET_MASTER_KEY": master}, func(*boot.Env) {})
	if err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatRefusesUsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	url := strings.Replace(storetest.PostgresURL(t), "/onset_test_", "/missing_", 1)
	err := run(t, map[string]string{"DATABASE_URL": url, "REDIS_URL": redisURL(t), "ONSET_MASTER_KEY": master}, nil)
	if err == nil || !strings.Contains(err.Error(), "open DATABASE_URL") || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("got %v", err)
	}
}

func TestTheLocalMasterKeyIsMadeOnceAndIsPrivate(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	open := func() []byte {
		env := &boot.Env{Settings: boot.Settings{Mode: boot.Local, DataDir: folder}}
		if err := backend.Keyring(env); err != nil {
			t.Fatal(err)
		}
		return env.Keyring.Derive("test")
	}
	first := open()
	if !bytes.Equal(first, open()) {
		t.Error("the second start made another key")
	}
	info, err := os.Stat(filepath.Join(folder, "master.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) != 1 {
		t.Errorf("drafts were left: %v", left)
	}
}

func TestAKeyFileThatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "master.key"), []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := &boot.Env{Settings: boot.Settings{Mode: boot.Local, DataDir: folder}}
	if err := backend.Keyring(env); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("got %v", err)
	}
}
