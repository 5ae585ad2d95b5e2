package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// replies declares the example three times: as it is; without the mark and with
// the bot among the ignored; with neither, which only the breaker can stop.
const replies = `
workspaces:
  - name: demo
    environments:
      DEV:
        variables: {GITHUB_URL: "%s"}
        secrets: {GITHUB_TOKEN: ghs_token}
    graphs:
      - {file: marked.yaml, assign: [DEV]}
      - {file: unmarked.yaml, assign: [DEV]}
    triggers:
      - {name: marked, kind: github, graph: marked, environments: [DEV], secret: hush, config: {events: [issues.opened, issue_comment.created]}}
      - {name: ignoring, kind: github, graph: unmarked, environments: [DEV], secret: hush, config: {ignore_actors: ["acme-helper[bot]"]}}
      - {name: runaway, kind: github, graph: unmarked, environments: [DEV], secret: hush, policies: {breaker: {max: 4, per: 1m}}}
`

func TestGraphThatCommentsOnTheIssueThatStartedItDoesNotStartItself(t *testing.T) {
	t.Parallel()
	p, gh := install(t), newGitHub(t)
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(gh.url, "http://"))
	p.ready(t)
	graph := strings.Replace(string(read(t, example("issue-reply", "graph.yaml"))), "name: issue-reply\n", "", 1)
	write(t, filepath.Join(p.folder, "marked.yaml"), graph)
	write(t, filepath.Join(p.folder, "unmarked.yaml"), strings.Replace(graph, `\n\n<!-- onset-run:{{ run.id }} -->`, "", 1))
	file := filepath.Join(p.folder, "replies.yaml")
	write(t, file, fmt.Sprintf(replies, gh.url))
	if out, complaints, err := p.run(t, "apply", "-f", file); err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	if _, complaints, err := p.run(t, "apply", "--dry-run", "-f", example("issue-reply", "manifest.yaml")); err != nil {
		t.Errorf("the example's own manifest: %v: %s", err, complaints)
	}
	for _, name := range []string{"marked", "ignoring", "runaway"} {
		gh.hooks["acme/"+name] = hook{p.webhook(t, name), "hush"}
		gh.opens("acme/"+name, 12)
	}
	for name, want := range map[string]string{
		"marked":   `"status":"looped"`,
		"ignoring": `who is ignored`,
	} {
		answers, comments := gh.settled(t, "acme/"+name+"#12", func(answers []string) bool { return len(answers) == 2 })
		if len(comments) != 1 || !strings.HasPrefix(answers[0], "202 ") || !strings.Contains(answers[1], want) {
			t.Errorf("%s: %d comments, answered %q", name, len(comments), answers)
		}
	}
	answers, comments := gh.settled(t, "acme/runaway#12", func(answers []string) bool {
		return len(answers) > 0 && strings.HasPrefix(answers[len(answers)-1], "409 ")
	})
	if len(comments) < 4 || len(comments) > 6 {
		t.Errorf("the breaker of 4 let %d comments through: %q", len(comments), answers)
	}
	var stopped struct {
		Status string
		Reason string `json:"paused_reason"`
	}
	p.shown(t, "runaway", &stopped)
	if stopped.Status != "paused" || !strings.Contains(stopped.Reason, "acme/runaway#12") {
		t.Errorf("the trigger is %+v", stopped)
	}
}

// shown reads a trigger.
func (p *product) shown(t *testing.T, name string, into any) {
	t.Helper()
	out, complaints, err := p.run(t, "trigger", "show", name, "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), into)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, complaints)
	}
}

// webhook is where the sender of a trigger sends to.
func (p *product) webhook(t *testing.T, name string) string {
	t.Helper()
	var shown struct {
		URLs map[string]struct{ Webhook string }
	}
	p.shown(t, name, &shown)
	return shown.URLs["DEV"].Webhook
}

// settled waits until the reports about an issue were answered as is says.
func (g *github) settled(t *testing.T, issue string, is func(answers []string) bool) (answers, comments []string) {
	t.Helper()
	late := time.After(patience)
	for {
		answers, comments, more := g.told(issue)
		if is(answers) {
			return answers, comments
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%s: %d comments, answered %q", issue, len(comments), answers)
		}
	}
}
