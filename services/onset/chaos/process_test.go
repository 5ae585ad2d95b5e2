package chaos

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program of the fleet, or a server: it is started, stopped, killed
// and frozen by its own process id, and may be started again.
type process struct {
	name string
	// command is what one start runs.
	command func() *exec.Cmd

	said  tail
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process of the last start is gone
	err   error         // how it ended
}

// start runs the command. The end of the test kills what is left of it, frozen
// or not, and shows what it said if the test failed.
func (p *process) start(t *testing.T) {
	t.Helper()
	cmd, ended := p.command(), make(chan struct{})
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithUs(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", p.name, err)
	}
	born.add(cmd.Process.Pid, p.name)
	first := p.cmd == nil
	p.cmd, p.ended = cmd, ended
	go func() {
		p.err = cmd.Wait()
		close(ended)
	}()
	if first {
		t.Cleanup(func() { p.bury(t) })
	}
}

func (p *process) bury(t *testing.T) {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
	if t.Failed() {
		t.Logf("%s said last:\n%s", p.name, p.said.String())
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// running says whether the process of the last start is there.
func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// signal sends a signal to a process that has to be there.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if !p.running() {
		t.Fatalf("%s ended by itself: %v", p.name, p.err)
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("send %s to %s: %v", s, p.name, err)
	}
}

// kill ends the process as a power cut would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.ended
}

// stop ends the process in its own way and gives how it ended.
func (p *process) stop(t *testing.T, s syscall.Signal) error {
	t.Helper()
	p.signal(t, s)
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		t.Fatalf("%s does not end", p.name)
		return nil
	}
}

// freeze stops the process as a suspended machine would, and returns when it
// stands still: a thread may run on for a while after the signal was sent.
func (p *process) freeze(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
	until(t, "the process stands still", func() bool { return still(p.cmd.Process.Pid) })
}

// thaw lets a frozen process go on.
func (p *process) thaw(t *testing.T) { t.Helper(); p.signal(t, syscall.SIGCONT) }

// born remembers every process that was started.
var born births

type births struct {
	mu    sync.Mutex
	names map[int]string
}

func (b *births) add(pid int, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.names == nil {
		b.names = map[int]string{}
	}
	b.names[pid] = name
}

func (b *births) all() map[int]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.names)
}

// tail keeps the last words of a process.
type tail struct {
	wordy bool // keep them all

	mu   sync.Mutex
	text []byte
}

const tailBytes = 16 << 10

// Write takes what the process prints.
func (s *tail) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, b...)
	if over := len(s.text) - tailBytes; over > 0 && !s.wordy {
		s.text = append(s.text[:0], s.text[over:]...)
	}
	return len(b), nil
}

func (s *tail) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}

// exitCode is how a process ended: -1 when a signal ended it.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// bare is the environment that every program needs and no setting of ours.
func bare(folder string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}
}
