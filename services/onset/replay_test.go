package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// told is a run as --json prints it.
type told struct {
	ID, Status, Message string
	Build               int
	Response            map[string]any
	UserVariables       map[string]any `json:"user_variables"`
	Tags                []string
	Cause               struct {
		Kind, From string
		ReplayOf   string `json:"replay_of"`
	}
}

func TestARunIsReplayedAsItWasOrWithChanges(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	var first, again, other told
	decode(t, []byte(p.says(t, "trigger", "run", "echo", "--message", "hello", "--var", "name=Ada", "--tag", "one,two", "--wait", "--json")), &first)
	decode(t, []byte(p.says(t, "runs", "replay", first.ID, "--wait", "--json")), &again)
	if again.ID == first.ID || again.Cause.ReplayOf != first.ID || again.Status != "completed" ||
		again.Response["answer"] != "hello" || again.Response["name"] != "Ada" || strings.Join(again.Tags, " ") != "one two" {
		t.Errorf("as it was: %+v", again)
	}
	decode(t, []byte(p.says(t, "runs", "replay", first.ID, "--message", "good day", "--var", "name=Bob", "--tag", "three", "--build", "current", "--wait", "--json")), &other)
	if other.Response["answer"] != "good day" || other.Response["name"] != "Bob" || strings.Join(other.Tags, " ") != "three" {
		t.Errorf("with changes: %+v", other)
	}
	p.shows(t, []string{"replay of", first.ID}, "runs", "show", again.ID)
	p.shows(t, []string{"by echo (replay), replay of " + first.ID}, "runs", "tail", again.ID)
	p.shows(t, []string{"\nnext: onset runs tail "}, "runs", "replay", first.ID)
	if a, b := p.says(t, "runs", "replay", first.ID, "--idempotency-key", "once", "--json"), p.says(t, "runs", "replay", first.ID, "--idempotency-key", "once", "--json"); !sameRun(t, a, b) {
		t.Errorf("one key made two runs: %s%s", a, b)
	}
	boom := p.ends(t, "boom")
	if out, complaints, err := p.run(t, "runs", "replay", boom, "--wait"); code(t, err) != 1 || !strings.Contains(complaints, "failed: boom") {
		t.Errorf("what fails again: %v\n%s%s", err, out, complaints)
	}
	p.refuses(t, map[string]string{
		"a build is same or current": "runs replay " + boom + " --build next",
		"onset runs list":            "runs replay 01890a5d-ac96-774b-bcce-b302099a8057",
		"the id of a run":            "runs replay",
		"a tag has":                  "runs replay " + boom + " --tag " + strings.Repeat("x", 100),
	})
}

func TestARunIsReplayedFromWhereItFailed(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	boom := p.ends(t, "boom")
	patch := filepath.Join(t.TempDir(), "patch.json")
	if err := os.WriteFile(patch, []byte(`{"message":"from the file","user_variables":{"who":"file","n":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var again told
	out, complaints, err := p.run(t, "runs", "replay", boom, "--from", "failed", "--input", patch, "--var", "who=flag", "--wait", "--json")
	if code(t, err) != 1 {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	decode(t, []byte(out), &again)
	if again.Cause.From != "failed" || again.Cause.ReplayOf != boom || again.Message != "from the file" || again.UserVariables["who"] != "flag" || again.UserVariables["n"] != 1.0 {
		t.Errorf("%+v", again)
	}
	if err := os.WriteFile(patch, []byte(`{"msg":"typo"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.refuses(t, map[string]string{
		`has no node "dance"`:  "runs replay " + boom + " --from dance",
		`unknown field "msg"`:  "runs replay " + boom + " --input " + patch,
		"no such file":         "runs replay " + boom + " --input " + patch + ".not",
		"has not run in that":  "runs replay " + boom + " --from end",
		"the run has not fail": "runs replay " + p.ends(t, "echo") + " --from failed",
	})
}

func sameRun(t *testing.T, a, b string) bool {
	t.Helper()
	var one, two told
	decode(t, []byte(a), &one)
	decode(t, []byte(b), &two)
	return one.ID == two.ID
}
