package doctor

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

const (
	master = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	other  = "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// patient is an installation that is well: a database with one admitted run and
// one schedule, which was opened under master, and a Redis.
type patient struct {
	Doctor
	t *testing.T
}

func admit(t *testing.T) *patient {
	t.Helper()
	redis := os.Getenv("TEST_REDIS_URL")
	if redis == "" {
		t.Fatal("run make test, or set TEST_REDIS_URL")
	}
	p := &patient{t: t, Doctor: Doctor{Now: time.Now, Settings: boot.Settings{
		DatabaseURL: secret.Secret(storetest.PostgresURL(t)), RedisURL: secret.Secret(redis), MasterKey: master, Lease: 30 * time.Second,
	}}}
	s, err := store.Postgres(t.Context(), p.Settings.DatabaseURL.Reveal(), store.Options{})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	keyring, err := secret.NewKeyring(master)
	must(t, err)
	must(t, s.KeptUnder(t.Context(), backend.Fingerprint(keyring)))
	start(t, s)
	return p
}

// start accepts a run that nobody will claim, and makes a schedule that is not due
// soon.
func start(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	w, err := s.CreateWorkspace(ctx, tenant.Workspace{Name: "ward"})
	must(t, err)
	in := s.In(w.ID)
	g, _, err := in.PutGraph(ctx, graph.Graph{
		Name:  "nap",
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "end", Kind: "end", Config: json.RawMessage(`{}`)}},
		Edges: []graph.Edge{{From: "start", To: "end"}},
	}, nil)
	must(t, err)
	_, _, err = in.Freeze(ctx, "nap", "test")
	must(t, err)
	_, _, err = in.PutTrigger(ctx, trigger.Trigger{
		Name: "rounds", Kind: "schedule", Graph: "nap", Environments: []string{"DEV"}, Config: json.RawMessage(`{"preset": "monthly"}`),
	}, nil)
	must(t, err)
	accepted, err := in.Accept(ctx, run.Start{Run: run.Run{
		ID: uuid.Must(uuid.NewV7()), Workspace: w.ID, GraphID: g.ID, Graph: g.Name, Build: 1, Environment: "DEV",
		Class: run.Background, ThreadID: uuid.Must(uuid.NewV7()), Cause: run.Cause{Kind: "api"},
	}, Limit: time.Hour, KeyTTL: time.Hour})
	if err != nil || !accepted.Admitted {
		t.Fatalf("accepted %+v, %v", accepted, err)
	}
}

// suffer changes something in the database behind everybody's back.
func (p *patient) suffer(statement string) {
	p.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.Settings.DatabaseURL.Reveal())
	must(p.t, err)
	defer func() { must(p.t, c.Close(ctx)) }()
	_, err = c.Exec(ctx, statement)
	must(p.t, err)
}

func TestWhatIsWellIsCalledSo(t *testing.T) {
	t.Parallel()
	findings := admit(t).Look(t.Context())
	for _, f := range findings {
		if f.State != OK || f.Do != "" {
			t.Errorf("%+v", f)
		}
	}
	if len(findings) != 8 {
		t.Errorf("%d findings, want each of 8", len(findings))
	}
}

func TestEveryFaultIsFoundWhenItIsMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make  func(p *patient)
		check string
		found string
	}{
		"database away":     {func(p *patient) { p.Settings.DatabaseURL = "postgres://doctor:canary@127.0.0.1:1/x" }, database, "cannot be opened"},
		"database missing":  {func(p *patient) { p.rename("nowhere") }, database, "does not exist"},
		"database old":      {func(p *patient) { p.Settings.DatabaseURL = posing(p.t, p.Settings.DatabaseURL, "14.9") }, database, "PostgreSQL 14.9"},
		"host's clock fast": {func(p *patient) { p.Now = func() time.Time { return time.Now().Add(time.Hour) } }, clock, "is 1h0m0s off"},
		"host's clock slow": {func(p *patient) { p.Now = func() time.Time { return time.Now().Add(-time.Minute) } }, clock, "is -1m0s off"},
		"schema behind": {func(p *patient) {
			p.suffer(`delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)`)
		}, migrations, "1 are pending"},
		"schema broken": {func(p *patient) { p.suffer(`alter table goose_db_version drop column version_id`) }, migrations, "does not tell"},
		"another key":   {func(p *patient) { p.Settings.MasterKey = other }, masterKey, "not the one"},
		"half a key":    {func(p *patient) { p.Settings.MasterKey = secret.Secret(master[:20]) }, masterKey, "master key"},
		"key not kept":  {func(p *patient) { p.suffer(`alter table facts rename to fancies`) }, masterKey, "does not tell"},
		"no worker":     {func(p *patient) { p.suffer(`update runs set turn_at = turn_at - interval '1 hour'`) }, oldest, "the first for 1h0m0s"},
		"counters off":  {func(p *patient) { p.suffer(`update workspace_counters set admitted = admitted + 1`) }, audit, "counters_drift: 1"},
		"no bell":       {func(p *patient) { p.suffer(`update runs set bell_at = now() - interval '1 hour'`) }, audit, "bell_stale: 1"},
		"no dispatch": {func(p *patient) {
			p.suffer(`update runs set admit_epoch = epoch - 1, next_at = now() - interval '1 hour'`)
			p.suffer(`update workspace_counters set admitted = 0, queued = 1`)
		}, audit, "queue_stuck: 1"},
		"lost worker": {func(p *patient) {
			p.suffer(`update runs set status = 'running', lease_until = now() - interval '1 hour'`)
		}, audit, "lease_stale: 1"},
		"no deadline": {func(p *patient) {
			p.suffer(`update runs set status = 'running', lease_until = now() + interval '1 hour', deadline_at = now() - interval '1 hour'`)
		}, audit, "deadline_ignored: 1"},
		"no scheduler": {func(p *patient) { p.suffer(`update schedules set next_at = now() - interval '1 hour'`) }, audit, "schedule_stale: 1"},
		"moments missing": {func(p *patient) {
			p.suffer(`insert into unaccounted select trigger_id, now(), 'DEV', workspace_id, false, now() from schedules`)
		}, audit, "moments_unaccounted: 1"},
		"our own defect": {func(p *patient) {
			p.suffer(`update workspace_counters set admitted = 0`)
			p.suffer(`update runs set status = 'completed', finished_at = now()`)
		}, audit, "finished_by_nobody: 1"},
		"redis away":      {func(p *patient) { p.Settings.RedisURL = "redis://:canary@127.0.0.1:1" }, redis, "cannot be asked"},
		"redis elsewhere": {func(p *patient) { p.Settings.RedisURL = "http://:canary@127.0.0.1:1" }, redis, "is not a Redis address"},
		"redis locked":    {func(p *patient) { p.Settings.RedisURL = ownRedis(p.t, "--requirepass", "canary") }, redis, "NOAUTH"},
		"redis old":       {func(p *patient) { p.Settings.RedisURL = fakeRedis(p.t, "6.0.16", keeps) }, redis, "Redis 6.0.16"},
		"redis breaks":    {func(p *patient) { p.Settings.RedisURL = fakeRedis(p.t, "7.0.15", breaks) }, eviction, "does not tell"},
		"redis evicts":    {func(p *patient) { p.Settings.RedisURL = ownRedis(p.t, "--maxmemory-policy", "allkeys-lru") }, eviction, "allkeys-lru"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := admit(t)
			p.t = t
			c.make(p)
			findings := p.Look(t.Context())
			if n := Faults(findings); n != 1 {
				t.Errorf("%d faults, want this one: %+v", n, findings)
			}
			for _, f := range findings {
				if strings.Contains(f.Found, "canary") {
					t.Error("a password is told")
				}
				if ours := strings.Contains(f.Do, "defect of Onset"); ours != slices.Contains([]string{"our own defect", "moments missing"}, name) && f.State == Wrong {
					t.Errorf("%+v: whose fault is that?", f)
				}
				if f.State == Wrong && (f.Check != c.check || !strings.Contains(f.Found, c.found) || f.Do == "") {
					t.Errorf("%+v, want %s: %s", f, c.check, c.found)
				}
			}
		})
	}
}

// rename points to a database that is not there.
func (p *patient) rename(name string) {
	u, err := url.Parse(p.Settings.DatabaseURL.Reveal())
	must(p.t, err)
	u.Path = "/" + name
	p.Settings.DatabaseURL = secret.Secret(u.String())
}

func TestADatabaseThatIsOnlyLookedAtStaysAsItWas(t *testing.T) {
	t.Parallel()
	p := admit(t)
	p.suffer(`drop schema public cascade; create schema public`)
	if n := Faults(p.Look(t.Context())); n != 1 {
		t.Errorf("%d faults, want 1: the schema is missing", n)
	}
	p.suffer(`create table goose_db_version ()`) // fails if it was left behind
}

func TestWhatCannotBeKnownHereIsNotCalledWrong(t *testing.T) {
	t.Parallel()
	for missing, unset := range map[string]func(p *patient){
		database: func(p *patient) { p.Settings.DatabaseURL = "" },
		redis:    func(p *patient) { p.Settings.RedisURL = "" },
		masterKey: func(p *patient) {
			p.Settings.MasterKey, p.Settings.Mode, p.Settings.DataDir = "", boot.Local, t.TempDir()
		},
		eviction: func(p *patient) { p.Settings.RedisURL = ownRedis(t, "--rename-command", "CONFIG", "") },
	} {
		p := admit(t)
		unset(p)
		for _, f := range p.Look(t.Context()) {
			if want := map[bool]State{true: Unknown, false: OK}[f.Check == missing]; f.State != want {
				t.Errorf("without %s: %+v, want %s", missing, f, want)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
