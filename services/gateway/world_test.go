package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/queue"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// gate is a running gateway. Its Redis is away all the time: nothing that a
// caller sees may depend on it.
type gate struct {
	t     testing.TB
	url   string
	store *store.Store
	env   *boot.Env
	log   *journal
	room  *wait.Room
	ahead atomic.Int64 // how far the gateway's clock is ahead
}

// journal is everything that was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// serve runs a gateway on the store until the test is over. It is patient with
// the database, so that a busy machine does not answer for it.
func serve(t testing.TB, s *store.Store, change ...func(*boot.Settings)) *gate {
	t.Helper()
	return serveWith(t, s, slow, change...)
}

func serveWith(t testing.TB, s *store.Store, patience time.Duration, change ...func(*boot.Settings)) *gate {
	t.Helper()
	return running(t, environment(t, s, change...), patience)
}

// beside runs one more gateway of the same fleet.
func beside(t testing.TB, first *gate) *gate {
	t.Helper()
	env := environment(t, first.store)
	env.Keyring = first.env.Keyring
	return running(t, env, slow)
}

func running(t testing.TB, env *boot.Env, patience time.Duration) *gate {
	t.Helper()
	g := &gate{t: t, store: env.Store, env: env, log: &journal{}}
	g.env.Log = slog.New(slog.NewJSONHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g.env.Now = func() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }
	service, err := open(g.env, patience)
	must(t, err)
	g.url, g.room = "http://"+g.env.Settings.Addr, service.room
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the gateway ended: %v", err)
		}
	})
	return g
}

func environment(t testing.TB, s *store.Store, change ...func(*boot.Settings)) *boot.Env {
	t.Helper()
	master := make([]byte, 32)
	_, _ = rand.Read(master)
	keyring, err := secret.NewKeyring(secret.Secret(base64.StdEncoding.EncodeToString(master)))
	must(t, err)
	client, err := queue.Dial("redis://127.0.0.1:1")
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	settings := boot.Settings{
		Addr: "127.0.0.1:0", SyncLimit: 150 * time.Second, RunLimit: 2700 * time.Second,
		Drain: 5 * time.Second, DefaultTier: "enterprise", RetainDeliveries: 7 * 24 * time.Hour, RetainRejected: 24 * time.Hour,
	}
	for _, c := range change {
		c(&settings)
	}
	return &boot.Env{
		Settings: settings, Log: slog.New(slog.DiscardHandler), Now: time.Now, Store: s,
		Queue: queue.New(client, queue.Options{}), Keyring: keyring, Kinds: node.NewRegistry(kinds.All()...),
		Metrics: prometheus.NewRegistry(), Health: boot.NewHealth(),
	}
}

// onSQLite is a gateway with two tenants on a store of its own.
func onSQLite(t testing.TB) (g *gate, ws1, ws2 *side) {
	t.Helper()
	g = serve(t, storetest.SQLite(t))
	return g, g.side("ws1"), g.side("ws2")
}

// side is one tenant, with the keys that tests call with.
type side struct {
	g     *gate
	ws    tenant.Workspace
	store store.Tenant
	// admin may do everything, plain what the published surfaces need, dev the
	// same in DEV only.
	admin, plain, dev secret.Secret
}

// side makes a tenant: graph echo, built and assigned in DEV, and the triggers
// t_echo, t_paused, t_manual and t_deleted on it.
func (g *gate) side(name string) *side {
	g.t.Helper()
	ws, err := g.store.CreateWorkspace(g.t.Context(), tenant.Workspace{Name: name, Tier: "enterprise"})
	must(g.t, err)
	s := &side{g: g, ws: ws, store: g.store.In(ws.ID)}
	s.admin = s.key("admin", key.Key{Scopes: key.Scopes})
	s.plain = s.key("plain", key.Key{Scopes: key.Presets["invoke"]})
	s.dev = s.key("dev", key.Key{Scopes: key.Scopes, Environments: []string{"DEV"}})

	s.made(http.MethodPut, "/graphs/echo", echo)
	s.made(http.MethodPost, "/graphs/echo/builds", "")
	s.ok(http.MethodPut, "/environments/DEV/assignments/echo", `{"build":1}`)
	for trigger, kind := range map[string]string{"t_echo": "api", "t_paused": "background", "t_manual": "manual", "t_deleted": "api"} {
		s.made(http.MethodPut, "/triggers/"+trigger, fmt.Sprintf(`{"kind":%q,"graph":"echo"}`, kind))
	}
	s.ok(http.MethodPost, "/triggers/t_paused/pause", "")
	s.call(http.MethodDelete, "/triggers/t_deleted", "").is(http.StatusNoContent)
	return s
}

const echo = `{
  "nodes": [{"id": "start", "kind": "start"}, {"id": "echo", "kind": "transform", "config": {"set": {"answer": "{{ message }}"}}}, {"id": "end", "kind": "end"}],
  "edges": [{"from": "start", "to": "echo"}, {"from": "echo", "to": "end"}]
}`

// key makes a key of the workspace.
func (s *side) key(name string, k key.Key) secret.Secret {
	s.g.t.Helper()
	printed, err := key.New(rand.Reader)
	must(s.g.t, err)
	k.Name, k.Handle, k.Last4, k.CreatedBy = name, key.Handle(printed), printed.Last4(), "test"
	_, err = s.store.CreateKey(s.g.t.Context(), k, key.MAC(s.g.env.Keyring.Derive(key.Pepper), printed))
	must(s.g.t, err)
	return printed
}

// call asks the native API about the workspace, with the admin key.
func (s *side) call(method, path, body string) *reply {
	s.g.t.Helper()
	return s.g.do(method, "/api/v1/workspaces/"+s.ws.Name+path, body, bearer(s.admin))
}

func (s *side) ok(method, path, body string) *reply {
	s.g.t.Helper()
	return s.call(method, path, body).is(http.StatusOK)
}

func (s *side) made(method, path, body string) *reply {
	s.g.t.Helper()
	return s.call(method, path, body).is(http.StatusCreated)
}

// runs counts the workspace's runs.
func (s *side) runs() int {
	s.g.t.Helper()
	all, _, err := s.store.Runs(s.g.t.Context(), store.RunFilter{}, store.Page{Limit: 200})
	must(s.g.t, err)
	return len(all)
}

// end plays the worker: it claims what is ready, one run, and ends it.
func (s *side) end(class run.Class, o run.Outcome, records ...run.Record) {
	s.g.t.Helper()
	fleet := s.g.store.Fleet()
	var claims []store.Claim
	s.g.eventually(func() bool {
		var err error
		claims, err = fleet.ClaimReady(s.g.t.Context(), class, "test", 1)
		must(s.g.t, err)
		return len(claims) == 1
	})
	lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	for i := range records {
		records[i].Seq, records[i].Epoch, records[i].At = i+1, lease.Epoch, time.Now()
	}
	must(s.g.t, fleet.Finish(s.g.t.Context(), lease, o, records))
}

// slow is how long a test waits for what should take a moment.
const slow = 20 * time.Second

// eventually waits for something to become true.
func (g *gate) eventually(is func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(slow); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("it did not happen within %v", slow)
		}
	}
}

// with changes a request before it is sent.
type with func(*http.Request)

func header(name, value string) with {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = []string{value} }
}

func bearer(k secret.Secret) with { return header("Authorization", "Bearer "+k.Reveal()) }

// reply is an answer, read whole.
type reply struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
	took   time.Duration
}

// do sends a request. A body is JSON unless a header says otherwise. The answer
// is held against the OpenAPI document.
func (g *gate) do(method, path, body string, changes ...with) *reply {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	must(g.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(r)
	}
	began := time.Now()
	resp, err := (&http.Client{Timeout: slow}).Do(r)
	must(g.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(g.t, err)
	got := &reply{g.t, method + " " + path, resp.StatusCode, resp.Header, strings.TrimSuffix(string(text), "\n"), time.Since(began)}
	got.kept(r, body)
	return got
}

// is demands a status.
func (r *reply) is(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: %d %s, want %d", r.what, r.status, r.body, status)
	}
	return r
}

// says demands a status and a body, byte for byte.
func (r *reply) says(status int, body string) *reply {
	r.t.Helper()
	if r.status != status || r.body != body {
		r.t.Errorf("%s:\ngot  %d %s\nwant %d %s", r.what, r.status, r.body, status, body)
	}
	return r
}

// into reads the body.
func (r *reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		r.t.Fatalf("%s: %v in %s", r.what, err, r.body)
	}
}

// field is one field of a body that is an object.
func (r *reply) field(name string) any {
	r.t.Helper()
	var all map[string]any
	r.into(&all)
	return all[name]
}

// one is a field of the first item of a list.
func (r *reply) one(name string) any {
	r.t.Helper()
	var l struct{ Items []map[string]any }
	if r.into(&l); len(l.Items) == 0 {
		r.t.Fatalf("%s: an empty list", r.what)
	}
	return l.Items[0][name]
}

// workflow is the id in a published answer.
func (r *reply) workflow() uuid.UUID {
	r.t.Helper()
	text, _ := r.field("workflow_id").(string)
	id, err := uuid.Parse(text)
	must(r.t, err)
	return id
}

// detail is the published envelope.
func detail(text string) string { return fmt.Sprintf(`{"detail":%q}`, text) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
