package gateway

import (
	"context"
	"net/http"
	"testing"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// A gateway remembers keys and triggers. Whatever is done to them through
// another gateway, the next call hears of.
func TestWhatIsRememberedNeverOutlivesAChange(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		for name, c := range map[string]struct {
			change func(s *side)
			body   string // of the next call
			status int
		}{
			"KeyRevoked":          {revoke, `{}`, http.StatusUnauthorized},
			"KeyRevokedBadBody":   {revoke, `{"message":`, http.StatusUnauthorized},
			"KeyRevokedBadFields": {revoke, `{"user_variables": 1}`, http.StatusUnauthorized},
			"TriggerPaused":       {func(s *side) { s.ok(http.MethodPost, "/triggers/t_echo/pause", "") }, `{}`, http.StatusConflict},
			"TriggerDeleted": {func(s *side) { s.call(http.MethodDelete, "/triggers/t_echo", "").is(http.StatusNoContent) },
				`{}`, http.StatusNotFound},
			"WorkspacePaused": {func(s *side) {
				must(t, failure(s.store.ChangeWorkspace(context.Background(), nil, func(w tenant.Workspace) tenant.Workspace {
					w.TriggersPaused = true
					return w
				})))
			}, `{}`, http.StatusConflict},
			"NothingChanged":        {func(*side) {}, `{}`, http.StatusOK},
			"NothingChangedBadBody": {func(*side) {}, `{"message":`, http.StatusUnprocessableEntity},
		} {
			t.Run(name, func(t *testing.T) {
				side := g.side("ws-" + name)
				start := func(body string) *reply {
					return g.do(http.MethodPost, "/trigger/start/"+side.ws.Name+"/t_echo/DEV", body, bearer(side.plain))
				}
				for range 2 {
					start(`{}`).is(http.StatusOK)
				}
				before := side.runs()
				c.change(side)
				start(c.body).is(c.status)
				if made := side.runs() - before; (made == 1) != (c.status == http.StatusOK) {
					t.Errorf("%d runs were made", made)
				}
			})
		}
	})
}

func revoke(s *side) {
	s.g.t.Helper()
	must(s.g.t, failure(s.store.RevokeKey(context.Background(), "plain", s.g.env.Now())))
}

func failure[T any](_ T, err error) error { return err }

func TestRememberedStartAsksOnce(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.Postgres(t))
	side := g.side("ws1")
	door := doorOf(fresh(g), wait.NewRoom(nil, poll), slow)
	counting := &asked{Store: g.store}
	door.Store = counting
	h := door.Handler()
	call := func(k secret.Secret) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/trigger/start/ws1/t_echo/DEV", http.NoBody)
		must(t, err)
		bearer(k)(r)
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		return w.status
	}
	other := side.key("other", key.Key{Scopes: key.Presets["invoke"]})
	for n, want := range []int{1, 2, 2, 2, 2} { // the first use of a key is noted on it, which the second notices
		if status := call(other); status != http.StatusOK || counting.times != want {
			t.Fatalf("call %d: answered %d after asking %d times, want %d", n, status, counting.times, want)
		}
	}
}
