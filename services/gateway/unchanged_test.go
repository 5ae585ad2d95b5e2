package gateway

import (
	"net/http"
	"testing"

	"github.com/onsethq/onset/pkg/run"
)

func TestPollOfWhatHasNotChangedIsNotModified(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	paths := []string{"/api/v1/workspaces/ws1/runs/" + id, "/trigger/status/ws1/" + id}
	tags := map[string]string{}
	for _, path := range paths {
		tags[path] = g.do(http.MethodGet, path, "", bearer(ws1.plain)).is(http.StatusOK).header.Get("ETag")
		for _, held := range []string{tags[path], `"other", ` + tags[path]} {
			got := g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", held)).says(http.StatusNotModified, "")
			if got.header.Get("ETag") != tags[path] {
				t.Errorf("%s: %q became %q", path, tags[path], got.header.Get("ETag"))
			}
		}
	}
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, run.Record{Type: run.RunStarted})
	for _, path := range paths {
		if got := g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", tags[path])).is(http.StatusOK); got.field("status") != "completed" {
			t.Error(got.body)
		}
	}
}
