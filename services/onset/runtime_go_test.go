package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runtimeGo runs the example as its README says and gives its address.
func runtimeGo(t *testing.T, token string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runtime-go")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir, build.Env = example("runtime-go"), append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, out)
	}
	cmd, heard := exec.Command(path, "-addr", "127.0.0.1:0"), newSaid()
	cmd.Env = append(os.Environ(), "RUNTIME_TOKEN="+token)
	cmd.Stdout, cmd.Stderr = heard, heard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if err := heard.await("\n"); err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(heard.String()), " at ")
	return address
}

// applied is a product with the example's graph, whose runtime is at address.
func (p *product) applied(t *testing.T, name, address, token string) {
	t.Helper()
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(address, "http://"))
	p.ready(t)
	out, complaints, err := p.runIn(t, p.environ("RUNTIME_URL="+address, "RUNTIME_TOKEN="+token), "apply", "-f", example(name, "manifest.yaml"))
	if err != nil {
		t.Fatalf("apply: %v\n%s%s", err, out, complaints)
	}
}

func TestNodesInGoAreExecutedByTheirRuntime(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.applied(t, "runtime-go", runtimeGo(t, "open-sesame"), "open-sesame")
	var a answer
	decode(t, []byte(p.says(t, "trigger", "start", "runtime-go", "--vars", example("runtime-go", "numbers.json"), "--wait", "--json")), &a)
	if a.Status != "completed" || a.Response["mean"] != 12.0 || a.Response["converted"] != 3.0 {
		t.Errorf("got %+v", a)
	}
	p.shows(t, []string{"3 numbers", "convert       3 of 3"}, "runs", "tail", a.WorkflowID)
}

func TestARuntimeThatRefusesFailsTheRunWithItsWords(t *testing.T) {
	t.Parallel()
	address := runtimeGo(t, "open-sesame")
	for numbers, c := range map[string]struct{ token, words string }{
		`{"numbers":[]}`:  {"open-sesame", "numbers is a list of at least one number"},
		`{"numbers":[1]}`: {"another-token", "the token is missing or wrong"},
	} {
		p := install(t)
		p.applied(t, "runtime-go", address, c.token)
		file := filepath.Join(p.folder, "vars.json")
		write(t, file, numbers)
		_, complaints, err := p.run(t, "trigger", "start", "runtime-go", "--vars", file, "--wait")
		if code(t, err) != 1 || !strings.Contains(complaints, c.words) {
			t.Errorf("%s: %v\n%s", numbers, err, complaints)
		}
	}
}
