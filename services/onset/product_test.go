package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onsethq/onset/services/onset/internal/bootstrap"
)

// binary builds the command once for all journeys.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "onset-journeys-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "onset")
	cmd := exec.Command("go", "build", "-tags", "nomsgpack", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the command: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// patience is how long a journey waits for something that should come at once.
const patience = time.Minute

// product is `onset up` as a process on a data folder of its own.
type product struct {
	folder string
	addr   string
	cmd    *exec.Cmd
	said   *said
	ended  chan error
}

// install gives a product an empty data folder and an address. Nothing runs
// yet.
func install(t *testing.T) *product {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return &product{folder: t.TempDir(), addr: addr}
}

// environ is what every process of this product finds around it.
func (p *product) environ(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.folder,
		"ONSET_DATA_DIR=" + p.folder, "ONSET_ADDR=" + p.addr, "ONSET_ADMIN_ADDR=127.0.0.1:0",
	}, more...)
}

// start runs the product; the end of the test kills it.
func (p *product) start(t *testing.T, more ...string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p.said, p.ended = newSaid(), make(chan error, 1)
	p.cmd = exec.Command(path, "up")
	p.cmd.Env = p.environ(more...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd, ended := p.cmd, p.ended
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if t.Failed() {
			t.Logf("onset said:\n%s", p.said)
		}
	})
}

// ready waits until the product says that it runs.
func (p *product) ready(t *testing.T) {
	t.Helper()
	if err := p.said.await("Onset is running at"); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process as a power cut would.
func (p *product) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.wait(t)
}

// stop ends the process as ctrl-C does.
func (p *product) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(t); err != nil {
		t.Errorf("onset ended with %v", err)
	}
}

func (p *product) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(patience):
		t.Fatal("onset does not end")
		return nil
	}
}

// bootstrap reads what a first start left behind.
func (p *product) bootstrap(t *testing.T) bootstrap.File {
	t.Helper()
	f, err := bootstrap.Read(p.folder)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// run runs a command of a person against the product.
func (p *product) run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return p.runIn(t, nil, args...)
}

// runIn runs a command with more variables around it.
func (p *product) runIn(t *testing.T, env []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.environ(env...), &out, &complaints
	err = cmd.Run()
	return out.String(), complaints.String(), err
}

// answer is the body of the start and status calls.
type answer struct {
	WorkflowID string         `json:"workflow_id"`
	Response   map[string]any `json:"response"`
	Status     string         `json:"status"`
	Error      *string        `json:"error"`
}

// ask makes one request and reads the answer.
func ask(t *testing.T, method, url, key, body string) (a answer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(raw, &a) != nil {
		t.Fatalf("%s %s: %d %s %v", method, url, resp.StatusCode, raw, err)
	}
	return a
}

// finished polls until the run is no longer pending.
func (p *product) finished(t *testing.T, id string) answer {
	t.Helper()
	f := p.bootstrap(t)
	url := fmt.Sprintf("http://%s/trigger/status/%s/%s", p.addr, f.WorkspaceID, id)
	var a answer
	until(t, "run "+id+" ends", func() bool {
		a = ask(t, http.MethodGet, url, f.APIKey, "")
		return a.Status != "pending"
	})
	return a
}

// until polls a condition that something outside of this process makes true.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !true(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// said collects what a process prints and wakes whoever waits for a line.
type said struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func newSaid() *said { return &said{grown: make(chan struct{})} }

// Write takes what the process prints.
func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.grown)
	s.grown = make(chan struct{})
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until a text was printed.
func (s *said) await(text string) error {
	late := time.After(patience)
	for {
		s.mu.Lock()
		grown, found := s.grown, strings.Contains(s.text.String(), text)
		s.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-grown:
		case <-late:
			return errors.New("onset did not say " + text)
		}
	}
}
