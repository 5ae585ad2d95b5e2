package main

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// ends starts a trigger, waits for its end and gives the run's id.
func (p *product) ends(t *testing.T, trigger string, more ...string) string {
	t.Helper()
	out, complaints, _ := p.run(t, append([]string{"trigger", "start", trigger, "--wait", "--json"}, more...)...) // a run that fails is an error
	var a answer
	decode(t, []byte(out), &a)
	if a.WorkflowID == "" {
		t.Fatalf("%s does not start: %s", trigger, complaints)
	}
	return a.WorkflowID
}

func TestRunsAreListedByWhatIsAsked(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	echo, boom := p.ends(t, "echo"), p.ends(t, "boom")
	for asked, want := range map[string][]string{
		"":                          {boom, echo},
		"--limit 1":                 {boom},
		"--trigger echo":            {echo},
		"--graph boom --since 1h":   {boom},
		"--status failed,cancelled": {boom},
		"--env dev --status completed --since 2020-01-01T00:00:00Z": {echo},
		"--env UAT":  {},
		"--tag none": {},
		"--since 0s": {},
	} {
		args := append([]string{"runs", "list"}, strings.Fields(asked)...)
		out, complaints, err := p.run(t, append(args, "--json")...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", asked, err, complaints)
		}
		var list struct {
			Items []struct{ ID string }
		}
		decode(t, []byte(out), &list)
		got := []string{}
		for _, r := range list.Items {
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", asked, got, want)
		}
		out, complaints, err = p.run(t, args...)
		if err != nil || strings.Count(out, "\n") != len(want)+min(len(want), 1) {
			t.Errorf("%s prints %q %q (%v), want a head and %d lines", asked, out, complaints, err, len(want))
		}
		if len(want) == 0 && !strings.Contains(complaints, "onset trigger start") {
			t.Errorf("%s: nothing says what to do: %q", asked, complaints)
		}
	}
	if _, complaints, _ := p.run(t, "runs", "list", "--limit", "1"); !strings.Contains(complaints, "--limit") {
		t.Errorf("nothing says that there are more: %q", complaints)
	}
}

func TestARunIsShownWithItsSteps(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	id := p.ends(t, "echo", "--message", "hel\x1blo", "--var", "name=Ada")
	out, complaints, err := p.run(t, "runs", "show", id)
	for _, want := range []string{id, "completed", "echo build 1 in DEV", "STEP", "answer  transform  completed", "message     hello\n", `"name": "Ada"`} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q is not shown (%v):\n%s%s", want, err, out, complaints)
		}
	}
	out, complaints, err = p.run(t, "runs", "show", id, "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var doc struct {
		Run   struct{ Status, Message string }
		Steps struct{ Items []map[string]any }
	}
	decode(t, []byte(out), &doc)
	if doc.Run.Status != "completed" || doc.Run.Message != "hel\x1blo" || len(doc.Steps.Items) < 2 {
		t.Errorf("%s", out)
	}
	out, _, err = p.run(t, "runs", "show", p.ends(t, "boom"))
	if err != nil || !strings.Contains(out, "error       boom") || strings.Contains(out, "response") {
		t.Errorf("a failed run (%v):\n%s", err, out)
	}
}

func TestARunIsCancelledOnce(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	out, complaints, err := p.run(t, "trigger", "start", "slow", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var a answer
	decode(t, []byte(out), &a)
	out, complaints, err = p.run(t, "runs", "cancel", a.WorkflowID)
	if err != nil || !strings.HasPrefix(out, "run "+a.WorkflowID+" is ") {
		t.Fatalf("%v: %s%s", err, out, complaints)
	}
	until(t, "the run is cancelled", func() bool {
		out, _, err := p.run(t, "runs", "show", a.WorkflowID)
		return err == nil && strings.Contains(out, "cancelled")
	})
	if _, complaints, err = p.run(t, "runs", "cancel", a.WorkflowID); err == nil || !strings.Contains(complaints, "onset runs show "+a.WorkflowID) {
		t.Errorf("cancelling what has ended: %v, %s", err, complaints)
	}
}

func TestRunsCommandsSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	for want, args := range map[string][]string{
		"onset runs list":           {"runs", "show", uuid.NewString()},
		"there is no run":           {"runs", "cancel", "not/an id"},
		"onset runs list shows":     {"runs", "tail", uuid.NewString()},
		"the id of a run":           {"runs", "show"},
		"24h nor a time":            {"runs", "list", "--since", "yesterday"},
		"a status is pending":       {"runs", "list", "--status", "done"},
		"not a number from 1":       {"runs", "list", "--limit", "0"},
		"has no command":            {"runs", "tial"},
		"start one:":                {"runs", "tail", "--trigger", "slow"},
		"id of an event":            {"runs", "tail", uuid.NewString(), "--since", "-2"},
		"leave it out":              {"runs", "tail", uuid.NewString(), "--trigger", "echo"},
		"start the server":          {"runs", "list", "--server", "http://127.0.0.1:1", "--key", "k"},
		"does not know this key":    {"runs", "list", "--key", strings.Repeat("k", 40)},
		"this key may not do that:": {"runs", "cancel", uuid.NewString(), "--key", p.readOnlyKey(t)},
	} {
		out, complaints, err := p.run(t, args...)
		if err == nil || !strings.Contains(complaints, want) {
			t.Errorf("%v: %v, %s%s; want %q", args, err, out, complaints, want)
		}
	}
	out, _, err := p.run(t, "__complete", "runs", "list", "--status", "")
	if err != nil || !strings.Contains(out, "\ncompleted\nfailed\ncancelled\n") {
		t.Errorf("completing --status gives %q (%v)", out, err)
	}
}

// readOnlyKey makes a key that may read runs and nothing else.
func (p *product) readOnlyKey(t *testing.T) string {
	t.Helper()
	const value = "a-key-that-may-only-look-at-what-has-run"
	file := p.folder + "/keys.yaml"
	write(t, file, `
workspaces:
  - name: demo
    keys: [{name: reader, scopes: ["run:read"], value: `+value+`}]
`)
	if _, complaints, err := p.run(t, "apply", "-f", file); err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	return value
}
