package queue

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
)

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	goleak.VerifyTestMain(m)
}

// silent keeps the client's own lines about lost connections out of the output.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// both runs the test on a real Redis and on the one that is built in.
func both(t *testing.T, f func(t *testing.T, q *Queue)) {
	t.Helper()
	t.Run("redis", func(t *testing.T) { t.Parallel(); f(t, open(t, realRedis(t), "")) })
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		f(t, open(t, secret.Secret("redis://"+miniredis.RunT(t).Addr()), ""))
	})
}

func realRedis(t testing.TB) secret.Secret {
	t.Helper()
	url := os.Getenv("TEST_REDIS_URL")
	if url == "" {
		t.Fatal("run make test, or set TEST_REDIS_URL")
	}
	return secret.Secret(url)
}

// open makes a queue in a namespace of its own (unless one is given) and takes
// its keys away after the test.
func open(t testing.TB, url secret.Secret, space string) *Queue {
	t.Helper()
	client, err := Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if space == "" {
		space = strings.ToLower(rand.Text()[:12]) + "-"
		t.Cleanup(func() { sweep(client, space) })
	}
	return New(client, Options{Namespace: space, BellPoll: 20 * time.Millisecond})
}

func sweep(client redis.UniversalClient, space string) {
	ctx := context.Background()
	keys, _ := client.Keys(ctx, "*"+space+"*").Result()
	if len(keys) > 0 {
		client.Del(ctx, keys...)
	}
	for _, c := range run.Classes {
		client.SRem(ctx, "asynq:queues", names{space}.queue(c))
	}
}

// background runs f until the test ends, and waits for it.
func background(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := f(ctx); err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Cleanup(func() { cancel(); ended.Wait() })
}

// listen listens until the test ends, and returns once the subscription stands:
// from then on every wake has a cause.
func listen(t *testing.T, q *Queue) <-chan run.Class {
	t.Helper()
	woken := make(chan run.Class, 1024)
	background(t, func(ctx context.Context) error {
		return q.Listen(ctx, run.Classes, func(c run.Class) { woken <- c })
	})
	for range run.Classes {
		await(t, woken)
	}
	return woken
}

func await[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("waited 20 s for something that did not happen")
		panic("unreachable")
	}
}

// until polls a condition that nothing announces.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func leases(n int) []run.Lease {
	out := make([]run.Lease, n)
	for i := range out {
		out[i] = run.Lease{Run: uuid.Must(uuid.NewV7()), Epoch: i}
	}
	return out
}

// counted reads one of the queue's own counters.
func counted(t *testing.T, q *Queue, name string) float64 {
	t.Helper()
	sum := 0.0
	for _, m := range gathered(t, q) {
		if m.name == name {
			sum += m.value
		}
	}
	return sum
}

// server is a Redis process that belongs to one test.
type server struct {
	port int
	args []string
	cmd  *exec.Cmd
}

func ownServer(t *testing.T, args ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{port: l.Addr().(*net.TCPAddr).Port, args: args}
	_ = l.Close()
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) url() secret.Secret {
	return secret.Secret("redis://127.0.0.1:" + strconv.Itoa(s.port))
}

func (s *server) start(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		path, err = exec.LookPath("valkey-server")
	}
	if err != nil {
		t.Fatal("this test starts a redis-server of its own: run make test, which installs it")
	}
	s.cmd = exec.Command(path, append([]string{"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1",
		"--save", "", "--dir", t.TempDir()}, s.args...)...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "redis listens", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (s *server) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}
