package peer

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// crowd is a listener and who was let in.
func crowd(t *testing.T, l *Listener) (in chan net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Listener, in = inner, make(chan net.Conn, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			in <- c
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return in
}

func dial(t *testing.T, l *Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// closed says whether the other side ended the connection without a word.
func closed(t *testing.T, c net.Conn) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(make([]byte, 1))
	return n == 0 && err != nil
}

func TestConnectionTooManyIsClosedUntilOneEnds(t *testing.T) {
	t.Parallel()
	var refused atomic.Int32
	l := &Listener{Most: 2, Refused: func() { refused.Add(1) }}
	in := crowd(t, l)
	dial(t, l)
	dial(t, l)
	first := <-in
	<-in
	if third := dial(t, l); !closed(t, third) || refused.Load() != 1 {
		t.Fatalf("a third connection of two was let in; %d refused", refused.Load())
	}
	_ = first.Close()
	_ = first.Close() // closing twice frees one place
	dial(t, l)
	<-in
	if next := dial(t, l); !closed(t, next) {
		t.Error("one end made room for two")
	}
}

func TestOurProxiesBringEverybody(t *testing.T) {
	t.Parallel()
	for _, l := range []*Listener{{Most: 1, Proxies: proxies("127.0.0.0/8")}, {Most: 0}} {
		l.Refused = func() { t.Error("a connection was refused") }
		in := crowd(t, l)
		for range 3 {
			dial(t, l)
			<-in
		}
	}
}
