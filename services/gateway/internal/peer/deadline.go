package peer

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// lenient is a connection that is cheap to give deadlines. A server gives it half
// a dozen for each request, nearly all of them later than the one before, and each
// would move a timer of the runtime. Here a later one is only remembered: when the
// earlier one is over, whoever reads or writes then looks again.
type lenient struct {
	net.Conn
	read, write deadline
}

// deadline is one of a connection's two.
type deadline struct {
	mu sync.Mutex
	// due is when it really is, set what the connection was told; the zero time is
	// never.
	due, set time.Time
}

// SetReadDeadline is that of a connection.
func (c *lenient) SetReadDeadline(at time.Time) error { return c.read.put(at, c.Conn.SetReadDeadline) }

// SetWriteDeadline is that of a connection.
func (c *lenient) SetWriteDeadline(at time.Time) error {
	return c.write.put(at, c.Conn.SetWriteDeadline)
}

// SetDeadline is that of a connection.
func (c *lenient) SetDeadline(at time.Time) error {
	return errors.Join(c.SetReadDeadline(at), c.SetWriteDeadline(at))
}

// Read reads until the deadline.
func (c *lenient) Read(p []byte) (n int, err error) {
	for {
		n, err = c.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !c.read.later(c.Conn.SetReadDeadline) {
			return n, err
		}
	}
}

// Write writes all of p, or until the deadline.
func (c *lenient) Write(p []byte) (n int, err error) {
	for {
		m, err := c.Conn.Write(p[n:])
		n += m
		if !errors.Is(err, os.ErrDeadlineExceeded) || !c.write.later(c.Conn.SetWriteDeadline) {
			return n, err
		}
	}
}

// CloseWrite says that nothing more is written. A server that does not read the
// rest of a request lets its answer arrive so.
func (c *lenient) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// put remembers a deadline, and tells the connection one that is sooner than what
// it was told before.
func (d *deadline) put(at time.Time, tell func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due = at
	if at.IsZero() || !d.set.IsZero() && !at.Before(d.set) {
		return nil
	}
	d.set = at
	return tell(at)
}

// later says whether the deadline that is over was not the last word, and then
// tells the connection that one.
func (d *deadline) later(tell func(time.Time) error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.due.IsZero() && !time.Now().Before(d.due) {
		return false
	}
	d.set = d.due
	return tell(d.due) == nil
}
