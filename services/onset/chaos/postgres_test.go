package chaos

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// database makes an empty database on the test server and gives its address;
// the end of the test drops it.
func database(t *testing.T) string {
	t.Helper()
	server := testServer(t)
	c, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatalf("connect to TEST_DATABASE_URL: %v", err)
	}
	name := "onset_chaos_" + strings.ToLower(rand.Text()[:12])
	if _, err := c.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := c.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
		_ = c.Close(ctx)
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func testServer(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Fatal("run make test, or set TEST_DATABASE_URL")
	}
	return server
}

// postgres is a server that belongs to one test, because the test will stop it.
// It syncs to disk as one in production does.
type postgres struct {
	process
	addr string
}

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	programs, owner := programs(t), owner(t)
	// The folder of a test is not open to other users.
	folder, err := os.MkdirTemp("", "onset-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if owner != nil {
		if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	as := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(programs, program), args...)
		cmd.Dir, cmd.Env = folder, append(bare(folder), "LC_ALL=C")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
		return cmd
	}
	if out, err := as("initdb", "-D", folder, "-U", "onset", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p := &postgres{addr: address(t)}
	_, port, _ := net.SplitHostPort(p.addr)
	p.process = process{name: "postgres", command: func() *exec.Cmd {
		return as("postgres", "-D", folder, "-p", port, "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories=", "-c", "fsync=on", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	}}
	p.up(t)
	return p
}

func (p *postgres) url() string {
	return "postgres://onset@" + p.addr + "/postgres?sslmode=disable"
}

// up starts the server and waits until it takes connections.
func (p *postgres) up(t *testing.T) {
	t.Helper()
	p.start(t)
	until(t, "Postgres answers", func() bool {
		c, err := pgx.Connect(t.Context(), p.url())
		if err != nil {
			return false
		}
		return c.Close(t.Context()) == nil
	})
}

// drop stops the server as `pg_ctl stop -m immediate` does: nothing is written
// down and every connection is cut.
func (p *postgres) drop(t *testing.T) {
	t.Helper()
	_ = p.stop(t, syscall.SIGQUIT) // it ends with an error, rightly
}

// suspend freezes the server with all its processes: it still takes connections
// and answers nobody.
func (p *postgres) suspend(t *testing.T, db *pgxpool.Pool) (resume func()) {
	t.Helper()
	c, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	p.freeze(t) // first the one that makes the others
	rows, err := c.Query(t.Context(), `select pid from pg_stat_activity order by pid = pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		t.Fatal(err)
	}
	all := func(s syscall.Signal) {
		for _, pid := range append(pids, int32(p.pid())) {
			_ = syscall.Kill(int(pid), s) // one may have ended
		}
	}
	t.Cleanup(func() { all(syscall.SIGCONT) }) // what is frozen cannot end
	all(syscall.SIGSTOP)
	return func() { all(syscall.SIGCONT) }
}

// programs is the folder with the programs of the server that tests run on.
func programs(t *testing.T) (folder string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), testServer(t))
	if err != nil {
		t.Fatalf("connect to TEST_DATABASE_URL: %v", err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	if err := c.QueryRow(t.Context(), "select setting from pg_config where name = 'BINDIR'").Scan(&folder); err != nil {
		t.Fatalf("ask Postgres for its programs: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "initdb")); err != nil {
		t.Fatalf("this test needs a Postgres server of its own, and the programs of the one at TEST_DATABASE_URL are not on this machine: %v", err)
	}
	return folder
}

// owner is whom a server runs as when we are root, which Postgres refuses.
func owner(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, bad := strconv.ParseUint(u.Uid, 10, 32)
		gid, worse := strconv.ParseUint(u.Gid, 10, 32)
		if bad == nil && worse == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("no user to run Postgres as: neither postgres nor nobody exists")
	return nil
}
