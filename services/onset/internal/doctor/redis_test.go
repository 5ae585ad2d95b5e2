package doctor

import (
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// ownRedis is a Redis of the test's own, with more settings.
func ownRedis(t *testing.T, settings ...string) secret.Secret {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if path, err = exec.LookPath("valkey-server"); err != nil {
			t.Fatal("no redis-server in PATH: run make test, which installs it")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, settings...)...)
	must(t, cmd.Start())
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		if c, err := net.Dial("tcp", addr); err == nil {
			must(t, c.Close())
			return secret.Secret("redis://" + addr)
		}
		if time.Now().After(deadline) {
			t.Fatal("Redis does not answer")
		}
	}
}
