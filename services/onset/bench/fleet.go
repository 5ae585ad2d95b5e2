package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// fleet is the product as an operator runs it, with workspaces to work for.
type fleet struct {
	*bench
	gateway    *process
	workspaces []workspace
	// db is for looking afterwards; nil when the product has its own database.
	db *pgxpool.Pool

	settings  []string
	processes []*process
	ends      []func()
}

// close ends everything, the last first.
func (f *fleet) close() {
	for i := len(f.ends) - 1; i >= 0; i-- {
		f.ends[i]()
	}
}

// onServers brings a gateway up on a fresh database of the servers. Workers
// are not there before work is called.
func (b *bench) onServers(ctx context.Context, limits string, settings ...string) (_ *fleet, err error) {
	f := &fleet{bench: b}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	database, err := b.freshDatabase(ctx, f)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	f.settings = append([]string{
		"DATABASE_URL=" + database, "REDIS_URL=" + b.Redis, "ONSET_MASTER_KEY=" + base64.StdEncoding.EncodeToString(key),
		"ONSET_DRAIN=1s", "LOG_LEVEL=warn", fmt.Sprintf("ONSET_PROFILE=%t", b.Profile),
	}, settings...)
	if f.db, err = pgxpool.New(ctx, database); err != nil {
		return nil, err
	}
	f.ends = append(f.ends, f.db.Close)
	if _, err := f.say(ctx, "migrate"); err != nil {
		return nil, err
	}
	said, err := f.say(ctx, "workspace", "create", "bench")
	if err != nil {
		return nil, err
	}
	if f.gateway, err = f.serve(ctx, "gateway"); err != nil {
		return nil, err
	}
	return f, f.furnish(ctx, regexp.MustCompile(`ons_\w+`).FindString(said), limits)
}

// freshDatabase makes a database that the end of the fleet drops.
func (b *bench) freshDatabase(ctx context.Context, f *fleet) (string, error) {
	server, err := pgxpool.New(ctx, b.Database)
	if err != nil {
		return "", err
	}
	name := "onset_bench_" + strings.ToLower(rand.Text()[:12])
	if _, err := server.Exec(ctx, "create database "+name); err != nil {
		server.Close()
		return "", fmt.Errorf("make a database: %w", err)
	}
	f.ends = append(f.ends, func() {
		_, _ = server.Exec(context.WithoutCancel(ctx), "drop database "+name+" with (force)") // the server is thrown away
		server.Close()
	})
	u, err := url.Parse(b.Database)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// onItself brings the all-in-one up with nothing beside it.
func (b *bench) onItself(ctx context.Context, settings ...string) (_ *fleet, err error) {
	f := &fleet{bench: b}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	folder, err := os.MkdirTemp("", "onset-bench-")
	if err != nil {
		return nil, err
	}
	f.ends = append(f.ends, func() { _ = os.RemoveAll(folder) })
	f.settings = append([]string{"ONSET_DATA_DIR=" + folder, "ONSET_DRAIN=1s", "LOG_LEVEL=warn"}, settings...)
	if f.gateway, err = f.serve(ctx, "up"); err != nil {
		return nil, err
	}
	admin, err := adminKey(ctx, folder)
	if err != nil {
		return nil, err
	}
	return f, f.furnish(ctx, admin, ample)
}

// serve starts a service of the fleet.
func (f *fleet) serve(ctx context.Context, service string) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	settings := append([]string{"ONSET_ADDR=" + addr, "ONSET_ADMIN_ADDR=" + admin}, f.settings...)
	p, err := spawn(ctx, service, f.Binary, []string{service}, settings, process{addr: addr, admin: admin}, "http://"+admin+"/readyz")
	if err != nil {
		return nil, err
	}
	f.processes, f.ends = append(f.processes, p), append(f.ends, p.stop)
	return p, nil
}

// say runs one command of the product and gives what it printed.
func (f *fleet) say(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, f.Binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}, f.settings...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("onset %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
