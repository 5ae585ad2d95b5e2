package chaos

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// redis is a Redis server that belongs to one test, because the test will stop
// or empty it.
type redis struct {
	process
	addr string
}

func newRedis(t *testing.T) *redis {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if path, err = exec.LookPath("valkey-server"); err != nil {
			t.Fatal("no redis-server in PATH: run make test, which installs it")
		}
	}
	r := &redis{addr: address(t)}
	folder := t.TempDir()
	_, port, _ := net.SplitHostPort(r.addr)
	r.process = process{name: "redis", command: func() *exec.Cmd {
		return exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--dir", folder,
			"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
	}}
	r.up(t)
	return r
}

// up starts the server, empty, and waits for it.
func (r *redis) up(t *testing.T) {
	t.Helper()
	r.start(t)
	until(t, "Redis answers", func() bool { return r.do("PING") == nil })
}

// flush makes Redis forget everything.
func (r *redis) flush(t *testing.T) {
	t.Helper()
	if err := r.do("FLUSHALL"); err != nil {
		t.Fatal(err)
	}
}

func (r *redis) url() string { return "redis://" + r.addr }

// do sends one command and expects a status.
func (r *redis) do(command string) error {
	conn, err := net.DialTimeout("tcp", r.addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(answer, "+") {
		return fmt.Errorf("%s: %q %w", command, answer, err)
	}
	return nil
}

// monitor records everything that Redis is told from now on.
func (r *redis) monitor(t *testing.T) (recorded func() []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	in := bufio.NewReader(conn)
	_, err = fmt.Fprint(conn, "MONITOR\r\n")
	if answer, bad := in.ReadString('\n'); err != nil || bad != nil || answer != "+OK\r\n" {
		t.Fatalf("MONITOR: %q %v %v", answer, err, bad)
	}
	done := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(in) // until the connection is closed
		done <- all
	}()
	return func() []byte {
		_ = conn.Close()
		return <-done
	}
}
