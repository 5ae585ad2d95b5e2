package doctor

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/boot"
)

// figuresOf is what a server that keeps the runs would publish.
func figuresOf(looked time.Time, ready, oldest, drift int) string {
	return fmt.Sprintf(`# HELP onset_runs_ready Runs that wait.
onset_upkeep_last_look_timestamp_seconds %e
onset_runs_ready %d
onset_oldest_ready_seconds %d
onset_audit_findings{rule="counters_drift"} %d
onset_audit_findings{rule="queue_stuck"} 0
`, float64(looked.Unix()), ready, oldest, drift)
}

func TestServerIsAskedWhereNoDatabaseIsNamed(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	const ready = `{"ready":true}`
	for name, c := range map[string]struct {
		health, figures string
		wrong           string // the check, or nothing
		unknown         int
	}{
		"well":        {ready, figuresOf(now, 1, 2, 0), "", 1},
		"a gateway":   {ready, "go_goroutines 12\n", "", 2},
		"no audit":    {ready, strings.Split(figuresOf(now, 0, 0, 0), "onset_audit")[0], "", 2},
		"a problem":   {`{"ready":false,"problems":{"clock":"is off"}}`, figuresOf(now, 0, 0, 0), clock, 1},
		"no worker":   {ready, figuresOf(now, 3, 90, 0), oldest, 1},
		"drift":       {ready, figuresOf(now, 0, 0, 2), audit, 1},
		"stuck":       {ready, figuresOf(now.Add(-time.Hour), 0, 0, 0), "upkeep", 1},
		"not of ours": {`<html>`, "", "server", 0},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := map[string]string{"/readyz": c.health, "/metrics": c.figures}[r.URL.Path]
			if strings.Contains(body, "problems") {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			_, _ = w.Write([]byte(body))
		}))
		defer srv.Close()
		d := Doctor{Settings: boot.Settings{AdminAddr: srv.Listener.Addr().String()}, Now: func() time.Time { return now }}
		var wrong, unknown []string
		for _, f := range d.Look(t.Context()) {
			switch f.State {
			case Wrong:
				wrong = append(wrong, f.Check)
			case Unknown:
				unknown = append(unknown, f.Check)
			}
		}
		if strings.Join(wrong, " ") != c.wrong || len(unknown) != c.unknown {
			t.Errorf("%s: wrong %q, unknown %q; want %q and %d", name, wrong, unknown, c.wrong, c.unknown)
		}
	}
}

func TestServerThatIsAwayIsAFault(t *testing.T) {
	t.Parallel()
	f := Doctor{Settings: boot.Settings{AdminAddr: "127.0.0.1:1"}, Now: time.Now}.Look(t.Context())
	if len(f) != 1 || f[0].State != Wrong || !strings.Contains(f[0].Do, "onset up") {
		t.Errorf("%+v", f)
	}
}
