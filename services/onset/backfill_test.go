package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const hourly = `
workspaces:
  - name: demo
    triggers:
      - {name: hourly, kind: schedule, graph: echo, environments: [DEV], config: {cron: "0 * * * *", message: "{{ schedule.scheduled_for }}"}}
`

// What a schedule did not start, because it was not there yet, is started from
// the command line, and goes on after the process was killed.
func TestBackfillGoesOnAfterAPowerCut(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "hourly.yaml")
	write(t, file, hourly)
	p.says(t, "apply", "-f", file)
	const first, last = "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"
	p.shows(t, []string{"48 of 48 moments would start a run, 0 would be kept", "2026-03-28T09:00:00Z"},
		"backfill", "start", "hourly", "--since", first, "--until", last, "--dry-run")
	p.shows(t, []string{"in DEV", "at most 4 runs at once", "48: 0 started"}, "backfill", "start", "hourly", "--since", first, "--until", last, "--max-active", "4")
	var all struct {
		Items []struct {
			ID, Status string
			Started    int
			Runs       struct{ Completed int }
		}
	}
	look := func() { fetch(t, p, "/triggers/hourly/backfills", &all) }
	until(t, "runs are started", func() bool { look(); return all.Items[0].Started >= 4 })
	p.kill(t)
	p.start(t)
	p.ready(t)
	until(t, "it is completed", func() bool { look(); return all.Items[0].Status == "completed" })
	b := all.Items[0]
	if b.Started != 48 || b.Runs.Completed != 48 {
		t.Errorf("it came to %+v", b)
	}
	var runs struct {
		Items []struct {
			Message string
			Cause   struct {
				Backfill     string
				ScheduledFor string `json:"scheduled_for"`
			}
		}
	}
	fetch(t, p, "/runs?trigger=hourly&limit=200", &runs)
	seen := map[string]bool{}
	for _, r := range runs.Items {
		if r.Cause.Backfill != b.ID {
			continue // an hour has just passed
		}
		if seen[r.Message] || !strings.HasPrefix(r.Cause.ScheduledFor, strings.TrimSuffix(r.Message, "Z")) {
			t.Errorf("a run of the backfill is %+v", r)
		}
		seen[r.Message] = true
	}
	if len(seen) != 48 {
		t.Errorf("%d moments have runs, want 48", len(seen))
	}
	p.shows(t, []string{b.ID, "completed", "48 of 48", "key:"}, "backfill", "list", "hourly")
	p.shows(t, []string{"48: 48 started, 0 kept, 0 skipped, 0 left", "0 active, 48 completed"}, "backfill", "show", "hourly", b.ID)
	p.refuses(t, map[string]string{
		"completed already":        "backfill abort hourly " + b.ID,
		"has no backfill":          "backfill show hourly 0199c0de-0000-7000-8000-000000000000",
		"neither a duration":       "backfill start hourly --since soon",
		"until is in the future":   "backfill start hourly --since 1h --until 2999-01-01T00:00:00Z",
		"there is no trigger":      "backfill start nobody --since 1h",
		"mode is missing":          "backfill start hourly --since 2h --mode some",
		"and the id of a backfill": "backfill abort hourly",
	})
	p.stop(t)
}
