package boot

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// asking bounds one look at the health of all parts.
const asking = time.Second

// admin answers operators on ONSET_ADMIN_ADDR.
type admin struct {
	env      *Env
	listener net.Listener
}

func (a admin) Name() string { return "admin" }

func (a admin) Run(ctx context.Context) error {
	return Serve(ctx, &http.Server{Handler: a.routes()}, a.listener, asking)
}

func (a admin) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", a.live)
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.env.Metrics, promhttp.HandlerOpts{}))
	if a.env.Settings.Profile {
		profile(mux)
	}
	return mux
}

// live says that the process turns; nobody should kill it for a database that
// is away.
func (a admin) live(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"live": true})
}

// ready says whether callers should be sent here, and if not, whose fault it is.
func (a admin) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), asking)
	defer cancel()
	problems := map[string]string{}
	for part, err := range a.env.Health.Problems(ctx) {
		problems[part] = err.Error()
	}
	if len(problems) > 0 {
		answer(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "problems": problems})
		return
	}
	answer(w, http.StatusOK, map[string]any{"ready": true})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
