package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/services/onset/internal/bootstrap"
)

func TestNewcomersCurlsWork(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	if err := p.said.await("Or wait for the result in one call."); err != nil {
		t.Fatal(err)
	}
	until(t, "the banner is whole", func() bool { return len(curls(p.said.String())) == 3 })
	printed := curls(p.said.String())
	if !strings.Contains(p.said.String(), p.url("/docs\n")) {
		t.Error("nobody says where the calls are described")
	}

	started := printed[0].do(t, "")
	if started.Status != "pending" || len(started.Response) != 0 {
		t.Errorf("start answered %+v", started)
	}
	until(t, "the run completes", func() bool { return printed[1].do(t, started.WorkflowID).Status == "completed" })
	want := map[string]any{"workflow_id": started.WorkflowID, "answer": "hello", "name": "Ada"}
	if diff := cmp.Diff(want, printed[1].do(t, started.WorkflowID).Response); diff != "" {
		t.Error(diff)
	}
	waited := printed[2].do(t, "")
	if waited.Status != "completed" || waited.Response["answer"] != "hello" {
		t.Errorf("the synchronous call answered %+v", waited)
	}
	p.stop(t)
}

func TestBootstrapFileTellsWhatWasMade(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	f := p.bootstrap(t)
	info, err := os.Stat(filepath.Join(p.folder, bootstrap.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	if f.BaseURL != "http://"+p.addr {
		t.Errorf("base_url is %s", f.BaseURL)
	}
	for _, name := range []string{"echo", "boom", "slow", "incident-triage"} {
		if f.Triggers[name] == "" {
			t.Errorf("trigger %s has no id", name)
		}
	}
	failed := p.finished(t, ask(t, http.MethodPost, p.url("/trigger/start/%s/%s/DEV", f.WorkspaceID, f.Triggers["boom"]), f.APIKey, "{}").WorkflowID)
	if failed.Status != "failed" || failed.Error == nil || *failed.Error != "boom" {
		t.Errorf("boom ended as %+v", failed)
	}
}

func TestKeyIsPrintedOnce(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	first := p.bootstrap(t)
	p.stop(t)
	p.start(t)
	p.ready(t)
	if strings.Contains(p.said.String(), first.APIKey) {
		t.Error("the second start prints the key")
	}
	if diff := cmp.Diff(first, p.bootstrap(t)); diff != "" {
		t.Errorf("the second start changes bootstrap.json: %s", diff)
	}
}

func TestFirstStartIsContinuedAfterKill(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	until(t, "the database file is there", func() bool {
		_, err := os.Stat(filepath.Join(p.folder, "onset.db"))
		return err == nil
	})
	p.kill(t)
	p.start(t)
	p.ready(t)
	first := p.bootstrap(t)
	p.kill(t)

	// Killed just before its last step: everything but the file is there.
	if err := os.Remove(filepath.Join(p.folder, bootstrap.FileName)); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	p.ready(t)
	again := p.bootstrap(t)
	if again.WorkspaceID != first.WorkspaceID || !cmp.Equal(again.Triggers, first.Triggers) {
		t.Errorf("made %+v anew instead of finding %+v", again, first)
	}
	if again.APIKey == first.APIKey {
		t.Error("a key that nobody was told is in force")
	}
	if a := ask(t, http.MethodPost, p.url("/trigger/%s/echo/DEV", again.WorkspaceID), again.APIKey, `{"message":"hi"}`); a.Status != "completed" {
		t.Errorf("echo ended as %+v", a)
	}
}

func TestKilledRunIsFinishedAfterRestart(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	f := p.bootstrap(t)
	nap := filepath.Join(p.folder, "nap.yaml")
	write(t, nap, napGraph)
	write(t, filepath.Join(p.folder, "manifest.yaml"), napManifest)
	if out, complaints, err := p.run(t, "apply", "-f", filepath.Join(p.folder, "manifest.yaml")); err != nil {
		t.Fatalf("apply: %v\n%s%s", err, out, complaints)
	}
	id := ask(t, http.MethodPost, p.url("/trigger/start/%s/nap/DEV", f.WorkspaceID), f.APIKey, `{"message":"good night"}`).WorkflowID
	p.awaitStep(t, id, "nap", "running")
	p.kill(t)
	p.start(t)
	p.ready(t)
	back := time.Now()
	a := p.finished(t, id)
	if took := time.Since(back); took > shippedLease/2 {
		t.Errorf("it was finished %s after the restart: somebody waited for the dead worker's lease", took)
	}
	if a.Status != "completed" || a.Response["before"] != "good night" || a.Response["after"] != "good night" {
		t.Errorf("the run ended as %+v", a)
	}
	if run := p.native(t, "/runs/"+id); run["attempts"] != 2.0 {
		t.Errorf("the run took %v attempts, want the killed one and another", run["attempts"])
	}
}

// shippedLease is how long a run would wait for a worker that may be alive.
const shippedLease = 30 * time.Second

const napManifest = `
workspaces:
  - name: demo
    graphs: [{file: nap.yaml, assign: [DEV]}]
    triggers: [{name: nap, kind: background, graph: nap, environments: [DEV]}]
`

const napGraph = `
nodes:
  - {id: start, kind: start}
  - {id: before, kind: transform, config: {set: {before: "{{ message }}"}}}
  - {id: nap, kind: sleep, config: {for: 2s}}
  - {id: after, kind: transform, config: {set: {after: "{{ vars.before }}"}}}
  - {id: end, kind: end}
edges:
  - {from: start, to: before}
  - {from: before, to: nap}
  - {from: nap, to: after}
  - {from: after, to: end}
`

func TestDataFolderBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	out, complaints, err := p.run(t, "up")
	if err == nil {
		t.Fatalf("a second process runs: %s", out)
	}
	if !strings.Contains(complaints, p.folder) || !strings.Contains(complaints, "ONSET_DATA_DIR") {
		t.Errorf("it says only: %s", complaints)
	}
}

func TestAddressInUseIsExplained(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	other := install(t)
	other.addr = p.addr
	_, complaints, err := other.run(t, "up")
	if err == nil || !strings.Contains(complaints, p.addr) || !strings.Contains(complaints, "ONSET_ADDR") {
		t.Errorf("%v: %s", err, complaints)
	}
}

func (p *product) url(format string, args ...any) string {
	return "http://" + p.addr + fmt.Sprintf(format, args...)
}

// native reads one document of the workspace demo.
func (p *product) native(t *testing.T, path string) map[string]any {
	t.Helper()
	f := p.bootstrap(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url("/api/v1/workspaces/%s%s", f.WorkspaceID, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.AdminKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var doc map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v %v", path, resp.Status, doc, err)
	}
	return doc
}

// awaitStep waits until a node of the run is in a status.
func (p *product) awaitStep(t *testing.T, id, node, status string) {
	t.Helper()
	until(t, node+" is "+status, func() bool {
		items, _ := p.native(t, "/runs/"+id+"/steps")["items"].([]any)
		for _, item := range items {
			if step, ok := item.(map[string]any); ok && step["node_id"] == node && step["status"] == status {
				return true
			}
		}
		return false
	})
}

// curl is one request that the banner prints.
type curl struct{ method, url, key, body string }

var (
	curlURL  = regexp.MustCompile(`http://\S+`)
	curlKey  = regexp.MustCompile(`Authorization: Bearer ([^"]+)"`)
	curlBody = regexp.MustCompile(`-d '([^']*)'`)
)

func curls(text string) (found []curl) {
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "curl -sS") || !strings.HasSuffix(line, "\n") {
			continue
		}
		c := curl{method: http.MethodGet, url: curlURL.FindString(line)}
		if strings.Contains(line, "-X POST") {
			c.method = http.MethodPost
		}
		if m := curlKey.FindStringSubmatch(line); m != nil {
			c.key = m[1]
		}
		if m := curlBody.FindStringSubmatch(line); m != nil {
			c.body = m[1]
		}
		found = append(found, c)
	}
	return found
}

func (c curl) do(t *testing.T, run string) answer {
	t.Helper()
	return ask(t, c.method, strings.ReplaceAll(c.url, "$RUN", run), c.key, c.body)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
}
