package chaos

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// program is one service of the fleet, as a process.
type program struct {
	process
	addr, admin string
}

func (f *fleet) program(t *testing.T, service string) *program {
	t.Helper()
	return f.programOf(t, f.binary, service)
}

// programOf is a service of another build, with settings of its own.
func (f *fleet) programOf(t *testing.T, b *binary, service string, settings ...string) *program {
	t.Helper()
	p := &program{addr: address(t), admin: address(t)}
	path := b.at(t)
	p.process = process{name: service, command: func() *exec.Cmd {
		cmd := exec.Command(path, service)
		cmd.Env = append(append(f.environ(), "ONSET_ADDR="+p.addr, "ONSET_ADMIN_ADDR="+p.admin), settings...)
		return cmd
	}, said: tail{wordy: f.wordy}}
	return p
}

// ready waits until the service says so.
func (p *program) ready(t *testing.T) {
	t.Helper()
	until(t, p.name+" is ready", func() bool {
		if !p.running() {
			t.Fatalf("%s ended at its start: %v\n%s", p.name, p.err, p.said.String())
		}
		return p.isReady()
	})
}

// isReady asks the service once.
func (p *program) isReady() bool {
	resp, err := http.Get("http://" + p.admin + "/readyz")
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// metric reads one figure of the service.
func (p *program) metric(t *testing.T, name string) int {
	t.Helper()
	resp, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		t.Fatalf("ask %s for its metrics: %v", p.name, err)
	}
	defer resp.Body.Close()
	value, found := sample(t, resp.Body, name)
	if !found {
		t.Fatalf("%s has no metric %s", p.name, name)
	}
	return value
}

// tag finds the process among the worker ids of the database.
func (p *program) tag() string { return "%-" + strconv.Itoa(p.pid()) + "-%" }

// sample reads one number out of a page in Prometheus' text format.
func sample(t *testing.T, page io.Reader, name string) (value int, found bool) {
	t.Helper()
	lines := bufio.NewScanner(page)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), name+" ")
		if !ok {
			continue
		}
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("metric %s: %v", name, err)
		}
		return int(number), true
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return 0, false
}
