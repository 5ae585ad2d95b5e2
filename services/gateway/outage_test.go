package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// cable is the way to a database, which a test can cut and mend.
type cable struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	ice   chan struct{} // closed when what is frozen thaws; nil while all flows
	conns []net.Conn
	all   sync.WaitGroup
}

// freeze stops everything on its way, as a database does that hangs: it takes
// connections and answers nobody.
func (c *cable) freeze() (thaw func()) {
	ice := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ice = ice
	return sync.OnceFunc(func() { close(ice) })
}

// end is one end of a cable.
type end struct {
	net.Conn
	on *cable
}

// Write passes on what came, when it may.
func (e end) Write(p []byte) (int, error) {
	e.on.mu.Lock()
	ice := e.on.ice
	e.on.mu.Unlock()
	if ice != nil {
		<-ice
	}
	return e.Conn.Write(p)
}

// lay puts a cable before the database of an address.
func lay(t *testing.T, address string) (*cable, string) {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := &cable{listener: l, to: u.Host}
	c.all.Go(c.accept)
	t.Cleanup(func() {
		_ = l.Close()
		c.set(true)
		c.all.Wait()
	})
	u.Host = l.Addr().String()
	return c, u.String()
}

func (c *cable) accept() {
	for {
		from, err := c.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", c.to)
		if err != nil || !c.keep(from, to) {
			_ = from.Close()
			continue
		}
		for _, ends := range [][2]net.Conn{{from, to}, {to, from}} {
			c.all.Go(func() {
				_, _ = io.Copy(end{ends[0], c}, ends[1])
				_ = ends[0].Close()
				_ = ends[1].Close()
			})
		}
	}
}

func (c *cable) keep(from, to net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		_ = to.Close()
		return false
	}
	c.conns = append(c.conns, from, to)
	return true
}

// set cuts the cable or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func TestDatabaseAwayIsSaidWithinASecondAndServiceReturns(t *testing.T) {
	t.Parallel()
	wire, address := lay(t, storetest.PostgresURL(t))
	s, err := store.Postgres(t.Context(), address, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	g := serveWith(t, s, patience)
	ws1 := g.side("ws1")
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).is(http.StatusOK).workflow().String()

	wire.set(true)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`},
		{http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`},
		{http.MethodGet, "/trigger/status/ws1/" + id, ""},
		{http.MethodGet, "/api/v1/workspaces/ws1/runs", ""},
	} {
		got := g.do(c.method, c.path, c.body, bearer(ws1.plain)).is(http.StatusServiceUnavailable)
		if got.took > time.Second {
			t.Errorf("%s took %v", got.what, got.took)
		}
		if wait, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || wait < 1 || wait > 5 {
			t.Errorf("%s: Retry-After %q", got.what, got.header.Get("Retry-After"))
		}
		if got.header.Get("Content-Type") == "application/json" {
			got.says(http.StatusServiceUnavailable, detail("Service temporarily unavailable"))
		} else if got.field("code") != "unavailable" {
			t.Errorf("%s: %s", got.what, got.body)
		}
	}
	wire.set(false)
	g.eventually(func() bool {
		return g.do(http.MethodGet, "/trigger/status/ws1/"+id, "", bearer(ws1.plain)).status == http.StatusOK
	})
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}

// A database that hangs keeps each caller for the whole patience, until enough of
// them have found out for all.
func TestHangingDatabaseIsSaidAtOnceAfterAFewCalls(t *testing.T) {
	t.Parallel()
	wire, address := lay(t, storetest.PostgresURL(t))
	s, err := store.Postgres(t.Context(), address, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	g := serveWith(t, s, patience)
	ws1 := g.side("ws1")
	ask := func() *reply { return g.do(http.MethodGet, "/api/v1/whoami", "", bearer(ws1.plain)) }
	ask().is(http.StatusOK)

	thaw := wire.freeze()
	t.Cleanup(thaw)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { ask().is(http.StatusServiceUnavailable) })
	}
	all.Wait()
	quick := 0
	for range 50 {
		got := ask()
		got.refused(http.StatusServiceUnavailable, "unavailable")
		if got.took < patience/2 {
			quick++
		}
	}
	if quick < 45 { // one asks the database for all, and waits
		t.Errorf("%d of 50 calls were told at once", quick)
	}
	if n := g.figure("onset_http_refused_total", "breaker"); n < 45 {
		t.Errorf("%v refusals were counted", n)
	}
	thaw()
	back := time.Now()
	g.eventually(func() bool { return ask().status == http.StatusOK })
	if took := time.Since(back); took > 3*time.Second {
		t.Errorf("service was back after %v", took)
	}
}

func TestFullQueueOfOneWorkspaceIsNotTheOthers(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	ws1.ok(http.MethodPatch, "", `{"limits":{"running":1,"pending":1}}`)
	start := func(s *side) *reply {
		return g.do(http.MethodPost, "/trigger/start/"+s.ws.Name+"/t_echo/DEV", `{}`, bearer(s.plain))
	}
	start(ws1).is(http.StatusOK)
	start(ws1).is(http.StatusOK)
	got := start(ws1).says(http.StatusTooManyRequests, detail("Queue limit reached"))
	if got.header.Get("Retry-After") == "" || got.header.Get("X-Error-Code") != "queue_full" {
		t.Errorf("headers %v", got.header)
	}
	start(ws2).is(http.StatusOK)
	if n := ws1.runs(); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
}

func TestStoppingGatewayAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	g := &gate{t: t, store: s, env: environment(t, s), log: &journal{}}
	service, err := Module(g.env)
	must(t, err)
	g.url = "http://" + g.env.Settings.Addr
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	ws1 := g.side("ws1")
	answered := make(chan *reply, 1)
	go func() { answered <- g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)) }()
	g.eventually(func() bool { return ws1.runs() == 1 })
	stop()
	got := <-answered
	if got.is(http.StatusOK).field("status") != "pending" {
		t.Errorf("%s", got.body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
