package chaos

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// fleet is the product in several processes: a gateway, a scheduler and workers
// on one Postgres and one Redis, with a workspace to work for.
type fleet struct {
	plan
	folder string
	redis  *redis
	sink   *sink
	db     *pgxpool.Pool // for the checks
	client client

	gateway   *program
	scheduler *program
	workers   []*program

	master string
}

// plan is how a test wants its fleet. Zero values mean what is shipped.
type plan struct {
	binary   *binary // nil: shipped
	database string  // "": a database of its own on the test server
	workers  int
	lease    time.Duration
	settings []string // more, as NAME=value
	wordy    bool     // keep all that the programs say
}

// Terms that a test can wait for.
const (
	quickLease = 2 * time.Second
	quickSweep = 200 * time.Millisecond
)

// launch brings the fleet up as an operator would.
func launch(t *testing.T, p plan) *fleet {
	t.Helper()
	f := prepare(t, p)
	for _, w := range f.workers {
		w.start(t)
	}
	for _, w := range f.workers {
		w.ready(t)
	}
	return f
}

// prepare is launch without starting the workers: the test chooses when.
func prepare(t *testing.T, p plan) *fleet {
	t.Helper()
	if *full {
		fmt.Println("begins:", inWords(t.Name()))
	}
	if p.binary == nil {
		p.binary = shipped
	}
	if p.database == "" {
		p.database = database(t)
	}
	f := &fleet{plan: p, folder: t.TempDir(), redis: newRedis(t), sink: newSink(t), master: randomKey()}
	f.db = connect(t, f.database)
	f.gateway, f.scheduler = f.program(t, "gateway"), f.program(t, "scheduler")
	for range p.workers {
		f.workers = append(f.workers, f.program(t, "worker"))
	}
	f.onset(t, nil, "migrate")
	f.gateway.start(t)
	f.scheduler.start(t)
	f.gateway.ready(t)
	f.scheduler.ready(t)
	f.furnish(t)
	return f
}

func randomKey() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

func connect(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// furnish makes the workspace and what it holds.
func (f *fleet) furnish(t *testing.T) {
	t.Helper()
	said := f.onset(t, nil, "workspace", "create", "chaos")
	admin := regexp.MustCompile(`ons_\w+`).FindString(said)
	if admin == "" {
		t.Fatalf("no key in: %s", said)
	}
	for name, text := range graphs {
		f.write(t, name+".yaml", text)
	}
	f.write(t, "manifest.yaml", manifest)
	f.client = newClient("http://"+f.gateway.addr, admin)
	f.onset(t, []string{"ONSET_SERVER=" + f.client.base, "ONSET_API_KEY=" + admin}, "apply", "-f", filepath.Join(f.folder, "manifest.yaml"))
}

func (f *fleet) write(t *testing.T, name, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, "SINK", f.sink.server.URL)
	if err := os.WriteFile(filepath.Join(f.folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// onset runs one command of the product and gives what it said.
func (f *fleet) onset(t *testing.T, more []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.binary.at(t), args...)
	cmd.Env = append(f.environ(), more...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("onset %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// environ is what all processes of the fleet share.
func (f *fleet) environ() []string {
	e := append(bare(f.folder),
		"DATABASE_URL="+f.database, "REDIS_URL="+f.redis.url(), "ONSET_MASTER_KEY="+f.master,
		"ONSET_EGRESS_ALLOW="+f.sink.address())
	if f.lease > 0 {
		e = append(e, "ONSET_LEASE="+f.lease.String(), "ONSET_SWEEP="+quickSweep.String())
	}
	return append(e, f.settings...)
}
