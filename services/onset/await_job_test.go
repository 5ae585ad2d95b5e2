package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// jobs answers how jobs stand: "soon" is done when it is asked the third time,
// "never" never is, "bad" is broken, and no other exists.
func jobs(t *testing.T) *httptest.Server {
	t.Helper()
	var lock sync.Mutex
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		state := map[string]string{"soon": "running", "never": "running", "bad": "broken"}[filepath.Base(r.URL.Path)]
		if state == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if asked++; strings.HasSuffix(r.URL.Path, "/soon") && asked > 2 {
			state = "done"
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"state":%q}`, state)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestAwaitJobGoesRoundUntilItIsDoneOrTired(t *testing.T) {
	t.Parallel()
	s := jobs(t)
	p := install(t)
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(s.URL, "http://"))
	p.ready(t)
	quick := strings.NewReplacer("for: 1s", "for: 1ms", "max: 60", "max: 3").Replace(string(read(t, example("await-job", "graph.yaml"))))
	write(t, filepath.Join(p.folder, "graph.yaml"), quick)
	file := filepath.Join(p.folder, "await-job.yaml")
	write(t, file, strings.Replace(string(read(t, example("await-job", "manifest.yaml"))), "{from_env: JOBS_URL, optional: true}", s.URL, 1))
	p.says(t, "apply", "-f", file)
	for _, c := range []struct {
		job, status, state string
		asked              float64
	}{
		{"soon", "completed", "done", 3},
		{"never", "completed", "running", 4},
		{"lost", "completed", "unknown: GET " + s.URL + "/jobs/lost answered 404", 0},
	} {
		out := p.says(t, "trigger", "start", "await-job", "--var", "job="+c.job, "--wait", "--json")
		var a answer
		decode(t, []byte(out), &a)
		if a.Status != c.status || a.Response["state"] != c.state || a.Response["asked"] != c.asked {
			t.Errorf("%s: %s with %v; want %+v", c.job, a.Status, a.Response, c)
		}
	}
	p.refuses(t, map[string]string{"job bad is broken": "trigger start await-job --var job=bad --wait"})
}
