package peer

import (
	"net"
	"net/netip"
	"sync"
)

// Listener bounds how many connections one caller may hold, so that nobody can
// use up the descriptors of the process. A connection too many is closed before
// a byte of it is read. Proxies of ours are not bounded: they bring everybody.
type Listener struct {
	net.Listener
	// Most is how many connections a Group may hold; 0 sets no limit.
	Most    int
	Proxies Proxies
	// Refused is told of each connection too many.
	Refused func()

	mu   sync.Mutex
	held map[netip.Prefix]int
}

// Accept waits for a connection of a caller that has room for it.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := hop(c.RemoteAddr().String())
		if l.Most == 0 || l.Proxies.Trust(from) {
			return &lenient{Conn: c}, nil
		}
		group := Group(from)
		if l.take(group) {
			return &conn{lenient: lenient{Conn: c}, end: sync.OnceFunc(func() { l.release(group) })}, nil
		}
		l.Refused()
		_ = c.Close()
	}
}

func (l *Listener) take(group netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[netip.Prefix]int{}
	}
	if l.held[group] >= l.Most {
		return false
	}
	l.held[group]++
	return true
}

func (l *Listener) release(group netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[group]--; l.held[group] == 0 {
		delete(l.held, group)
	}
}

// conn gives its place back when it is closed.
type conn struct {
	lenient
	end func()
}

// Close closes the connection.
func (c *conn) Close() error {
	c.end()
	return c.lenient.Close()
}
