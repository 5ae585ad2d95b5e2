package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const ticking = `
workspaces:
  - name: demo
    triggers:
      - name: tick
        kind: schedule
        graph: echo
        environments: [DEV]
        config: {every: 1s, message: "{{ schedule.scheduled_for }}"}
        policies: {overlap: skip, misfire: {mode: skip}}
`

// A schedule of a manifest starts runs, and goes on after the process was
// killed: what passed meanwhile is told.
func TestScheduleGoesOnAfterAPowerCut(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "tick.yaml")
	write(t, file, ticking)
	p.says(t, "apply", "-f", file)
	if again := p.says(t, "apply", "-f", file, "--dry-run"); strings.Contains(again, "tick") {
		t.Errorf("applied again, it would change: %s", again)
	}
	count := func(disposition string) int {
		var l struct{ Items []struct{ Count int } }
		fetch(t, p, "/triggers/tick/fires?disposition="+disposition, &l)
		n := 0
		for _, f := range l.Items {
			n += f.Count
		}
		return n
	}
	until(t, "two moments have started runs", func() bool { return count("started") >= 2 })
	for command, want := range map[string]string{
		"explain":  "would now be  started",
		"fires":    "started  run ",
		"upcoming": "ON ITS CLOCKS",
	} {
		if said := p.says(t, "trigger", command, "tick"); !strings.Contains(said, want) {
			t.Errorf("onset trigger %s says\n%s", command, said)
		}
	}
	p.refuses(t, map[string]string{
		`there is no trigger "nothing"`: "trigger explain nothing",
		`there is no trigger "never"`:   "trigger fires never",
		"only schedules have moments":   "trigger upcoming echo",
		"no such environment":           "trigger explain tick --env XX",
	})
	p.kill(t)
	p.start(t)
	p.ready(t)
	before := count("started")
	until(t, "it goes on", func() bool { return count("started") > before })
	var runs struct {
		Items []struct {
			Message string
			Cause   struct {
				Kind         string
				ScheduledFor string `json:"scheduled_for"`
			}
		}
	}
	fetch(t, p, "/runs?trigger=tick&status=completed", &runs)
	seen := map[string]bool{}
	for _, r := range runs.Items {
		if r.Cause.Kind != "schedule" || !strings.HasPrefix(r.Cause.ScheduledFor, strings.TrimSuffix(r.Message, "Z")) || seen[r.Message] {
			t.Errorf("a run of the schedule is %+v", r)
		}
		seen[r.Message] = true
	}
	p.stop(t)
}

// fetch reads a document of the workspace demo.
func fetch(t *testing.T, p *product, path string, into any) {
	t.Helper()
	f := p.bootstrap(t)
	document(t, f.BaseURL+"/api/v1/workspaces/demo"+path, f.AdminKey, into)
}

// document reads a document with a key.
func document(t *testing.T, url, key string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", url, resp.StatusCode, body)
	}
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
