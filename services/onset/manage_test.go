package main

import (
	"strings"
	"testing"
)

// says runs a command that must succeed and gives what it prints.
func (p *product) says(t *testing.T, args ...string) string {
	t.Helper()
	out, complaints, err := p.run(t, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, complaints)
	}
	return out
}

// shows runs a command and looks for texts in what it prints.
func (p *product) shows(t *testing.T, want []string, args ...string) {
	t.Helper()
	out := p.says(t, args...)
	for _, text := range want {
		if !strings.Contains(out, text) {
			t.Errorf("%v does not show %q:\n%s", args, text, out)
		}
	}
}

// refuses runs commands that must fail, by what they have to say.
func (p *product) refuses(t *testing.T, lines map[string]string) {
	t.Helper()
	for want, line := range lines {
		out, complaints, err := p.run(t, strings.Fields(line)...)
		if err == nil || !strings.Contains(complaints, want) {
			t.Errorf("%s: %v, %s%s; want %q", line, err, out, complaints, want)
		}
	}
}

// opens says whether a key reads the workspace's runs.
func (p *product) opens(t *testing.T, key string) bool {
	t.Helper()
	_, _, err := p.run(t, "runs", "list", "--key", key)
	return err == nil
}

func TestKeysAreMadeRotatedAndRevoked(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	var made, next struct{ ID, Key, Name string }
	decode(t, []byte(p.says(t, "key", "create", "ci", "--expires", "90d", "--env", "DEV,UAT", "--json")), &made)
	p.shows(t, []string{made.ID, "…" + made.Key[len(made.Key)-4:], "DEV,UAT", "works until 2", "never", "invoke\n", "admin\n"}, "key", "list")
	if !p.opens(t, made.Key) {
		t.Error("the new key opens nothing")
	}
	decode(t, []byte(p.says(t, "key", "rotate", "ci", "--overlap", "1h", "--json")), &next)
	if next.Name != "ci" || next.Key == made.Key || !p.opens(t, next.Key) || !p.opens(t, made.Key) {
		t.Errorf("rotated to %s; both must work", next.ID)
	}
	p.shows(t, []string{"replaced, works until 2"}, "key", "list")
	p.shows(t, []string{"key ci is revoked\n"}, "key", "revoke", "ci")
	if p.opens(t, next.Key) || p.opens(t, made.Key) {
		t.Error("a revoked key opens something")
	}
	p.shows(t, []string{"key reader is ons_", "shown once; it works in all"}, "key", "create", "reader", "--scope", "run:read")
	p.shows(t, []string{"key reader is now ons_", "works on until 2", "onset key revoke 0"}, "key", "rotate", "reader")
	p.refuses(t, map[string]string{
		"one or the other":    "key create x --preset admin --scope run:read",
		"neither a duration":  "key create x --expires soon",
		"in the past":         "key create x --expires 2020-01-01T00:00:00Z",
		`preset "boss"`:       "key create x --preset boss",
		"onset key list":      "key revoke nobody",
		"from 0s to 168h":     "key rotate reader --overlap 1y",
		"a name for the key":  "key create",
		"may not do that":     "key list --key " + p.bootstrap(t).APIKey,
		"--limit: 0 is not a": "key list --limit 0",
	})
}

func TestTriggersAreManaged(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	p.shows(t, []string{"NAME ", "echo ", "slow ", "active"}, "trigger", "list")
	if out := p.says(t, "trigger", "list", "--graph", "echo", "--kind", "api"); strings.Count(out, "\n") != 2 {
		t.Errorf("triggers of one graph:\n%s", out)
	}
	p.shows(t, []string{"graph         echo, build assigned", "POST " + p.url("/trigger/start/demo/echo/DEV")}, "trigger", "show", "echo")
	p.shows(t, []string{"trigger echo is paused (maintenance)"}, "trigger", "pause", "echo", "--reason", "maintenance")
	p.refuses(t, map[string]string{"onset trigger resume echo": "trigger start echo"})
	p.shows(t, []string{"echo", "paused (maintenance)"}, "trigger", "list", "--status", "paused")
	out, complaints, err := p.run(t, "trigger", "test", "echo")
	if code(t, err) != 1 || !strings.Contains(out, "would start  no: ") || !strings.Contains(complaints, "nothing would start: the trigger is paused") {
		t.Errorf("a paused trigger is tried: %v\n%s%s", err, out, complaints)
	}
	p.shows(t, []string{"trigger echo is active"}, "trigger", "resume", "echo")
	p.shows(t, []string{"yes, at once", "echo build 1 in DEV", "message      hello", `{"name":"Ada"}`, "0 of 50 runs running"},
		"trigger", "test", "echo", "--message", "hello", "--var", "name=Ada")
	if out := p.says(t, "runs", "list"); out != "" {
		t.Errorf("trying it started something:\n%s", out)
	}
	run := p.ends(t, "echo")
	p.shows(t, []string{"last run      " + run + " completed"}, "trigger", "show", "echo")
	p.shows(t, []string{"trigger echo is archived"}, "trigger", "archive", "echo")
	p.refuses(t, map[string]string{"--status archived": "trigger start echo", "restore it first": "trigger resume echo"})
	p.shows(t, []string{"echo  api   archived"}, "trigger", "list", "--status", "archived")
	p.shows(t, []string{"trigger echo is active"}, "trigger", "restore", "echo")
	p.refuses(t, map[string]string{
		"onset trigger archive echo": "trigger delete echo",
		"onset trigger list":         "trigger show nobody",
		"active, paused or archived": "trigger list --status done",
		"such as owner:data":         "trigger list --label owner",
		`trigger "nobody" (onset`:    "runs tail --trigger nobody",
		"trigger:invoke run:read":    "key create ci --scope run:raed",
		"the name of a trigger":      "trigger pause",
	})
	p.shows(t, []string{"trigger echo is deleted"}, "trigger", "delete", "echo", "--yes")
	p.refuses(t, map[string]string{"onset trigger list": "trigger show echo"})
}

func TestNamesAndFlagsAreCompleted(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	run := p.ends(t, "echo")
	for line, want := range map[string]string{
		"trigger start ":                 "slow\nboom\necho\n",
		"runs tail ":                     run + "\n",
		"runs tail " + run + " ":         ":4\n",
		"key revoke ":                    "admin\nlocal\n",
		"key create x --scope ":          "trigger:invoke\nrun:read\n",
		"key create x --preset ":         "admin\ninvoke\noperator\n",
		"env show ":                      "DEV\nUAT\nPROD\n",
		"trigger start echo --env ":      "DEV\nUAT\nPROD\n",
		"runs replay x --build ":         "same\ncurrent\n",
		"runs list --status ":            "\ncompleted\nfailed\ncancelled\n",
		"trigger list --status ":         "active\npaused\narchived\n",
		"runs show --server nowhere ":    ":4\n",
		"runs show --key not-a-key-now ": ":4\n",
	} {
		out, _, err := p.run(t, append([]string{"__complete"}, strings.Split(line, " ")...)...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q is completed with %q (%v), want %q", line, out, err, want)
		}
	}
}
