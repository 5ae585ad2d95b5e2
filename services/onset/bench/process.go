package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process is a program that was started and is ready.
type process struct {
	name  string
	cmd   *exec.Cmd
	addr  string // where it serves
	admin string // where it tells operators how it is
	said  *tail
	ended chan struct{}
}

// spawn starts a program with the settings, in an environment that holds
// nothing else, and waits until what it serves at ready answers.
func spawn(ctx context.Context, name, path string, args, settings []string, p process, ready string) (*process, error) {
	p.name, p.said, p.ended = name, &tail{}, make(chan struct{})
	p.cmd = exec.Command(path, args...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}, settings...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	dieWithUs(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is what it said last
		close(p.ended)
	}()
	if err := p.ready(ctx, ready); err != nil {
		p.kill()
		return nil, err
	}
	return &p, nil
}

func (p *process) ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if resp, err := http.Get(url); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended at its start: %s", p.name, p.said)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; it said: %s", p.name, ctx.Err(), p.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop lets the process end in its own way.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// memory is the resident size in MB.
func (p *process) memory() (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("read the size of %s: %w", p.name, err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no size", p.name)
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// tail keeps the last words of a process.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write takes what the process prints.
func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
