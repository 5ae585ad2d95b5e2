package gateway

import (
	"net/http"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// A sender that is told 503 sends again: the delivery starts one run then. Redis
// is away all the time.
func TestWebhookIsRefusedWhileTheDatabaseIsAwayAndStartsOneRunAfterwards(t *testing.T) {
	t.Parallel()
	wire, address := lay(t, storetest.PostgresURL(t))
	s, err := store.Postgres(t.Context(), address, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	g := serveWith(t, s, patience)
	ws1 := g.side("ws1")
	path := ws1.hook("orders", `{}`, `{}`)
	send := func() *reply {
		return g.do(http.MethodPost, path, `{"id":"A-1"}`, sesame, header("Webhook-Id", "1"))
	}
	wire.set(true)
	for range 8 {
		got := send().is(http.StatusServiceUnavailable)
		if got.took > time.Second || got.header.Get("Retry-After") == "" {
			t.Errorf("%v, Retry-After %q", got.took, got.header.Get("Retry-After"))
		}
	}
	wire.set(false)
	g.eventually(func() bool { return send().status < 300 })
	send().is(http.StatusOK)
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}
