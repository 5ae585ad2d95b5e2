package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// staged declares the graph greet in DEV, with a variable there and nowhere
// else.
const staged = `
workspaces:
  - name: demo
    environments: {DEV: {variables: {GREETING: hello}}}
    graphs: [{file: greet.yaml, assign: [DEV]}]
    triggers: [{name: greet, kind: api, graph: greet}]
`

func TestBuildsArePromotedAndTakenBack(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "staged.yaml")
	write(t, file, staged)
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	p.says(t, "apply", "-f", file)
	promote := []string{"env", "promote", "UAT", "--graph", "greet"}

	p.shows(t, []string{"greet  none → 1", "lacks the variable GREETING, which nodes.greet.", "nothing was changed"}, append(promote, "--dry-run")...)
	p.refuses(t, map[string]string{`UAT has no variable "GREETING"`: strings.Join(promote, " ")})
	if out := p.says(t, "env", "show", "UAT"); strings.Contains(out, "greet") {
		t.Errorf("it was promoted:\n%s", out)
	}
	write(t, file, strings.Replace(staged, "DEV: {variables: {GREETING: hello}}", "UAT: {variables: {GREETING: good day}, secrets: {TOKEN: 0123456789abcdef}}", 1))
	p.says(t, "apply", "-f", file)
	p.shows(t, []string{"greet  none → 1", "done in UAT", "onset env rollback UAT --promotion "}, promote...)
	p.shows(t, []string{"graph     greet     build 1", "variable  GREETING  good day", "secret    TOKEN     version 1"}, "env", "show", "UAT")

	write(t, filepath.Join(p.folder, "greet.yaml"), strings.Replace(greet, "}}, {{", "}}: {{", 1))
	p.says(t, "apply", "-f", file)
	p.shows(t, []string{"greet  1 → 2", "changed node greet config.set.greeting", "done in UAT"}, promote...)
	p.shows(t, []string{"nothing changes in UAT"}, promote...)
	p.shows(t, []string{"greet  2 → 1", "nothing was changed"}, "env", "rollback", "UAT", "--dry-run")
	p.shows(t, []string{"greet  2 → 1", "done in UAT"}, "env", "rollback", "UAT")
	p.shows(t, []string{"graph     greet     build 1"}, "env", "show", "UAT")
	p.shows(t, []string{"promotion from DEV, taken back", "greet 1 → 2", "rollback", "greet 2 → 1", "key:admin"}, "env", "history", "UAT")
	p.refuses(t, map[string]string{
		"say with --from":       "env promote DEV",
		`no environment "MOON"`: "env promote MOON",
		"DEV, UAT or PROD":      "env show MOON",
		"an environment: DEV":   "env promote",
		"is left to roll back":  "env rollback PROD",
		"is assigned to UAT":    "env promote PROD --graph echo",
	})
}
