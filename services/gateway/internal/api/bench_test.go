package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
)

// BenchmarkCall is what the door itself costs: a call with a key and a body, and
// an answer that nothing is done for.
func BenchmarkCall(b *testing.B) {
	answer := struct {
		ID     string   `json:"id"`
		Status string   `json:"status"`
		Logs   []string `json:"logs"`
	}{uuid.Nil.String(), "pending", []string{}}
	door := &API{
		Store: lobby{key.Key{ID: uuid.New(), LastUsedAt: new(time.Now())}}, Pepper: make([]byte, 32), Patience: time.Second,
		KeyRate: 1 << 30, AddressRate: 1 << 30, Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Surfaces: []Surface{{Routes: []Route{{
			Method: http.MethodPost, Path: "/trigger/start/:workspace/:trigger/:environment",
			Do: func(context.Context, *Call) (int, any, error) { return http.StatusOK, answer, nil },
		}}}},
	}
	handler := door.Handler()
	body := `{"message":"` + strings.Repeat("x", 512) + `"}`
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequest(http.MethodPost, "/trigger/start/demo/t/DEV", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.RemoteAddr = "127.0.0.1:40000"
		r.Header = http.Header{
			"Authorization": {"Bearer " + strings.Repeat("k", 40)}, "Content-Type": {"application/json"}, "User-Agent": {"bench"},
		}
		w := &wire{header: http.Header{}}
		if handler.ServeHTTP(w, r); w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}

// lobby lets in everybody who shows any key.
type lobby struct{ key key.Key }

func (l lobby) Authenticate(context.Context, []byte) (key.Key, tenant.Workspace, error) {
	return l.key, tenant.Workspace{Name: "demo"}, nil
}

func (l lobby) Enter(context.Context, []byte, string, string) (store.Entry, error) {
	return store.Entry{Key: l.key, Workspace: tenant.Workspace{Name: "demo"}}, nil
}

func (lobby) Recall([]byte, string, string) (store.Entry, bool) { return store.Entry{}, false }

func (lobby) Look(context.Context, []byte, uuid.UUID, int) (store.Sight, error) {
	return store.Sight{}, nil
}

func (lobby) Still(context.Context, []byte, uuid.UUID, string) (bool, error) { return false, nil }

func (lobby) TouchKey(context.Context, uuid.UUID, time.Time) error { return nil }

func (lobby) In(uuid.UUID) store.Tenant { return store.Tenant{} }

// wire is a connection that nobody reads from.
type wire struct {
	header http.Header
	status int
}

func (w *wire) Header() http.Header              { return w.header }
func (w *wire) WriteHeader(status int)           { w.status = status }
func (w *wire) Write(p []byte) (int, error)      { return len(p), nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
