package chaos

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

var handed struct {
	sync.Mutex
	ports map[int]bool
}

// address gives a loopback address that nobody listens on and that is given to
// nobody else. Its port is below those that the kernel gives to outgoing
// connections, so that a program that was killed finds it free when it returns.
func address(t *testing.T) string {
	t.Helper()
	handed.Lock()
	defer handed.Unlock()
	if handed.ports == nil {
		handed.ports = map[int]bool{}
	}
	for range 1000 {
		port := 10_000 + rand.IntN(20_000)
		if handed.ports[port] {
			continue
		}
		handed.ports[port] = true
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("no free port on 127.0.0.1")
	return ""
}
