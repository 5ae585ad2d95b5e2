package boot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, a admin, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	a.routes().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestReadyWhileNobodyComplains(t *testing.T) {
	t.Parallel()
	env := newEnv(Settings{}, slog.New(slog.DiscardHandler))
	a := admin{env: env}
	expect := func(wantStatus int, wantBody string) {
		t.Helper()
		if status, body := ask(t, a, http.MethodGet, "/readyz"); status != wantStatus || body != wantBody {
			t.Errorf("got %d %s, want %d %s", status, body, wantStatus, wantBody)
		}
		if status, _ := ask(t, a, http.MethodGet, "/livez"); status != http.StatusOK {
			t.Errorf("live answers %d", status)
		}
	}
	expect(200, `{"ready":true}`)
	env.Health.Set("worker", errors.New("is fenced"))
	expect(503, `{"problems":{"worker":"is fenced"},"ready":false}`)
	env.Health.Set("worker", nil)
	expect(200, `{"ready":true}`)

	var away error
	env.Health.Check("database", func(context.Context) error { return away })
	expect(200, `{"ready":true}`)
	away = errors.New("cannot be reached")
	expect(503, `{"problems":{"database":"cannot be reached"},"ready":false}`)
}

func TestMetricsAreServedAndNothingElse(t *testing.T) {
	t.Parallel()
	a := admin{env: newEnv(Settings{}, slog.New(slog.DiscardHandler))}
	if status, body := ask(t, a, http.MethodGet, "/metrics"); status != 200 || !strings.Contains(body, "go_goroutines") {
		t.Errorf("metrics answer %d", status)
	}
	if status, _ := ask(t, a, http.MethodPost, "/readyz"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST /readyz answers %d", status)
	}
	if status, _ := ask(t, a, http.MethodGet, "/debug/pprof/"); status != http.StatusNotFound {
		t.Errorf("a path that nobody serves answers %d", status)
	}
}

func TestProfilesAreServedOnRequest(t *testing.T) {
	t.Parallel()
	a := admin{env: newEnv(Settings{Profile: true}, slog.New(slog.DiscardHandler))}
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile?seconds=1"} {
		if status, body := ask(t, a, http.MethodGet, path); status != http.StatusOK || body == "" {
			t.Errorf("%s answers %d", path, status)
		}
	}
}
