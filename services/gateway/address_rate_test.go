package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// figure reads a counter by the value of its one label, or of a counter without
// any.
func (g *gate) figure(name string, label ...string) float64 {
	g.t.Helper()
	families, err := g.env.Metrics.Gather()
	must(g.t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (len(label) == 0 || m.GetLabel()[0].GetValue() == label[0]) {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestAddressBeyondItsRateIsSlowedDownWhateverItsKeys(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	// A second gateway behind a proxy, whose clock stands still.
	env, now := fresh(g), time.Now()
	env.Settings.AddressRate, env.Settings.TrustedProxies = 3, []string{"127.0.0.0/8"}
	env.Now = func() time.Time { return now }
	door := doorOf(env, wait.NewRoom(nil, poll), slow)
	counting := &asked{Store: g.store}
	door.Store = counting
	server := httptest.NewServer(door.Handler())
	defer server.Close()
	limited := &gate{t: t, url: server.URL, env: env}
	ask := func(path, from string, k with) *reply {
		return limited.do(http.MethodGet, path, "", k, header("X-Forwarded-For", from))
	}
	nobody := func(*http.Request) {}
	for _, k := range []with{bearer(ws1.plain), bearer(ws2.plain), nobody, bearer(ws1.admin), bearer(ws1.dev), nobody} {
		if got := ask("/api/v1/whoami", "2001:db8::1, 203.0.113.7", k); got.status == http.StatusTooManyRequests {
			t.Fatalf("%s: %d", got.what, got.status)
		}
	}
	before := counting.times
	for _, c := range []struct {
		path string
		k    with
	}{{"/api/v1/whoami", bearer(ws1.plain)}, {"/api/v1/whoami", nobody}, {"/api/v1/nothing", nobody}} {
		got := ask(c.path, "203.0.113.7", c.k)
		got.refused(http.StatusTooManyRequests, "rate_limited")
		if h := got.header; h.Get("Retry-After") != "1" || h.Get("RateLimit") != `"address";r=0;t=1` || h.Get("RateLimit-Policy") != `"address";q=6;w=2` {
			t.Errorf("%s: %v", got.what, h)
		}
	}
	ask("/trigger/status/ws1/x", "203.0.113.7", bearer(ws1.plain)).says(http.StatusTooManyRequests, detail("Too many requests"))
	if counting.times != before {
		t.Error("the store was asked about a call that was refused")
	}
	if n := limited.figure("onset_http_refused_total", "address_rate"); n != 4 {
		t.Errorf("%v refusals were counted, want 4", n)
	}
	ask("/api/v1/whoami", "203.0.113.8", bearer(ws1.plain)).is(http.StatusOK)
	for range 6 {
		ask("/api/v1/whoami", "2001:db8:0:1::1", bearer(ws1.plain)).is(http.StatusOK)
	}
	ask("/api/v1/whoami", "2001:db8:0:1:ffff::2", bearer(ws1.plain)).is(http.StatusTooManyRequests)
	now = now.Add(time.Second)
	ask("/api/v1/whoami", "203.0.113.7", bearer(ws1.plain)).is(http.StatusOK)
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), func(s *boot.Settings) { s.AddressConns = 2 })
	ask := func() error {
		client := &http.Client{Transport: &http.Transport{}} // a connection of its own, kept
		t.Cleanup(client.CloseIdleConnections)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+"/api/v1/whoami", nil)
		must(t, err)
		resp, err := client.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body) // or the connection is not kept
			_ = resp.Body.Close()
		}
		return err
	}
	must(t, ask())
	must(t, ask())
	if ask() == nil {
		t.Error("a third connection was served")
	}
	if n := g.figure("onset_http_refused_total", "connections"); n < 1 {
		t.Errorf("%v refused connections were counted", n)
	}
}

func TestEveryRefusalIsCounted(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	g.do(http.MethodGet, "/api/v1/whoami", "", header("Authorization", "Bearer "+"g123456789012345678901234567890123456789")).is(http.StatusUnauthorized)
	g.do(http.MethodGet, "/api/v1/whoami", "").is(http.StatusUnauthorized)
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/keys", "", bearer(ws1.plain)).is(http.StatusForbidden)
	g.do(http.MethodGet, "/api/v1/nothing", "").is(http.StatusNotFound)
	for reason, want := range map[string]float64{"unauthenticated": 2, "forbidden": 1, "not_found": 1} {
		if n := g.figure("onset_http_refused_total", reason); n != want {
			t.Errorf("%s: %v counted, want %v", reason, n, want)
		}
	}
	if n := g.figure("onset_http_wrong_keys_total"); n != 1 {
		t.Errorf("%v wrong keys, want 1", n)
	}
}
