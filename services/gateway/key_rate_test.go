package gateway

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// B97.
func TestKeyBeyondItsRateIsSlowedDownAlone(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1, ws2 := g.side("ws1"), g.side("ws2")
		// A second gateway, whose clock stands still.
		env, now := fresh(g), time.Now()
		env.Settings.KeyRate = 3
		env.Now = func() time.Time { return now }
		server := httptest.NewServer(doorOf(env, wait.NewRoom(nil, poll), slow).Handler())
		defer server.Close()
		limited := &gate{t: t, url: server.URL}
		ask := func(k secret.Secret, path string) *reply { return limited.do(http.MethodGet, path, "", bearer(k)) }
		for range 6 {
			ask(ws1.plain, "/api/v1/whoami").is(http.StatusOK)
		}
		native := ask(ws1.plain, "/api/v1/whoami")
		native.refused(http.StatusTooManyRequests, "rate_limited")
		published := ask(ws1.plain, "/trigger/status/ws1/x").says(http.StatusTooManyRequests, detail("Too many requests"))
		start := limited.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "{}", bearer(ws1.plain)).says(http.StatusTooManyRequests, detail("Too many requests"))
		for _, got := range []*reply{native, published, start} {
			h := got.header
			if seconds, err := strconv.Atoi(h.Get("Retry-After")); err != nil || seconds != 1 || h.Get("X-Error-Code") != "rate_limited" ||
				h.Get("RateLimit") != `"key";r=0;t=1` || h.Get("RateLimit-Policy") != `"key";q=6;w=2` {
				t.Errorf("%s: %v", got.what, h)
			}
		}
		for _, k := range []secret.Secret{ws1.dev, ws2.plain} {
			ask(k, "/api/v1/whoami").is(http.StatusOK)
		}
		now = now.Add(time.Second)
		for range 3 {
			ask(ws1.plain, "/api/v1/whoami").is(http.StatusOK)
		}
		ask(ws1.plain, "/api/v1/whoami").is(http.StatusTooManyRequests)
		if n := ws1.runs(); n != 0 {
			t.Errorf("%d runs of refused starts", n)
		}
	})
}
