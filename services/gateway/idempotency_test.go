package gateway

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func once(key string) with { return header("Idempotency-Key", key) }

func TestSameKeyAndBodyIsOneRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		const body = `{"message":"hi","user_variables":{"b":2,"a":1}}`
		first := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", body, bearer(ws1.plain), once("k")).is(http.StatusOK)
		if first.header.Get("Idempotent-Replayed") != "" {
			t.Error("the first call is said to be a repetition")
		}
		for _, again := range []string{body, `{"user_variables":{"a":1, "b":2},"message":"hi"}`} {
			got := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/dev", again, bearer(ws1.plain), once("k")).says(http.StatusOK, first.body)
			if got.header.Get("Idempotent-Replayed") != "true" {
				t.Error("a repetition is not said to be one")
			}
		}
		if n := ws1.runs(); n != 1 {
			t.Errorf("%d runs, want 1", n)
		}
	})
}

func TestSameKeyAtOnceIsOneRun(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		const callers = 30
		ids := make([]uuid.UUID, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				ids[i] = g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{"message":"hi"}`, bearer(ws1.plain), once("k")).is(http.StatusOK).workflow()
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("answers name %s and %s", ids[0], id)
			}
		}
		if n := ws1.runs(); n != 1 {
			t.Errorf("%d runs, want 1", n)
		}
	})
}

func TestSameKeyForSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{"message":"hi"}`, bearer(ws1.plain), once("k")).is(http.StatusOK)
		for _, path := range []string{"/trigger/start/ws1/t_echo/DEV", "/trigger/ws1/t_echo/DEV"} {
			got := g.do(http.MethodPost, path, `{"message":"ho"}`, bearer(ws1.plain), once("k")).
				says(http.StatusUnprocessableEntity, detail("Idempotency-Key was used with a different request"))
			if code := got.header.Get("X-Error-Code"); code != "idempotency_conflict" {
				t.Errorf("code %s", code)
			}
		}
		got := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_echo/run", `{"message":"ho"}`, bearer(ws1.plain), once("k")).is(http.StatusUnprocessableEntity)
		if got.field("code") != "idempotency_conflict" {
			t.Errorf("native: %s", got.body)
		}
		if n := ws1.runs(); n != 1 {
			t.Errorf("%d runs, want 1", n)
		}
	})
}

func TestKeyBelongsToWorkspaceTriggerAndEnvironment(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1, ws2 := g.side("ws1"), g.side("ws2")
		ws1.made(http.MethodPut, "/triggers/t_other", `{"kind":"api","graph":"echo"}`)
		ws1.ok(http.MethodPut, "/environments/UAT/assignments/echo", `{"build":1}`)
		seen := map[uuid.UUID]bool{}
		for _, c := range []struct {
			side *side
			path string
		}{
			{ws1, "/ws1/t_echo/DEV"}, {ws1, "/ws1/t_other/DEV"}, {ws1, "/ws1/t_echo/UAT"}, {ws2, "/ws2/t_echo/DEV"},
		} {
			got := g.do(http.MethodPost, "/trigger/start"+c.path, `{"message":"hi"}`, bearer(c.side.plain), once("k")).is(http.StatusOK)
			seen[got.workflow()] = true
		}
		if len(seen) != 4 {
			t.Errorf("%d runs, want 4", len(seen))
		}
	})
}

func TestBrokenSynchronousCallFindsItsRunAgain(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once("k")).is(http.StatusOK).workflow()
	go ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "yes"}})
	got := g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once("k")).is(http.StatusOK)
	if got.workflow() != id || got.field("status") != "completed" || got.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%v %s", got.header, got.body)
	}
	again := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once("k")).is(http.StatusOK)
	if again.workflow() != id || again.field("status") != "completed" {
		t.Errorf("%s", again.body)
	}
}

func TestStrangeKeysAreRefused(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	for name, change := range map[string]with{
		"long":      once(strings.Repeat("k", 256)),
		"not ASCII": once("ké"),
		"two":       func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} },
	} {
		got := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), change).is(http.StatusUnprocessableEntity)
		if !strings.HasPrefix(got.body, `{"detail":[{"type":"value_error","loc":["header","idempotency-key"],`) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once(strings.Repeat("k", 255))).is(http.StatusOK)
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}

func TestKeyWhoseFirstUseIsNotCommittedIsInProgress(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	s, err := store.Postgres(t.Context(), url, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	g := serve(t, s)
	ws1 := g.side("ws1")
	trigger, err := ws1.store.Trigger(t.Context(), "t_echo")
	must(t, err)

	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(t.Context())
	first, err := conn.Begin(t.Context())
	must(t, err)
	_, err = first.Exec(t.Context(), `insert into idempotency_keys (workspace_id, scope, key, hash, run_id, expires_at)
		values ($1, $2, 'k', '', $3, now() + interval '1 day')`, ws1.ws.ID, trigger.ID.String()+"/DEV", uuid.New())
	must(t, err)

	got := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once("k")).
		says(http.StatusConflict, detail("A request with this Idempotency-Key is in progress"))
	if got.header.Get("Retry-After") != "1" || got.took > 5*time.Second {
		t.Errorf("after %v, headers %v", got.took, got.header)
	}
	must(t, first.Rollback(t.Context()))
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), once("k")).is(http.StatusOK)
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}
