package api

import (
	"io"
	"time"
)

const (
	// bodyGrace is how long a body may take whatever its size; beyond that it
	// has to come at bodyPace bytes a second.
	bodyGrace = 5 * time.Second
	bodyPace  = 16 << 10
)

// deadliner is the connection that a body comes from.
type deadliner interface {
	SetReadDeadline(at time.Time) error
}

// steady reads a body against a deadline that moves with what has come: who
// sends a byte now and then holds a connection for no longer than the grace,
// and a large body over a slow line arrives.
type steady struct {
	from  io.Reader
	conn  deadliner
	began time.Time
	bytes int64
}

func steadily(from io.Reader, conn deadliner, now func() time.Time) io.Reader {
	return &steady{from: from, conn: conn, began: now()}
}

// Read reads until the deadline. At the end of the body there is none any more:
// the call may wait for its run.
func (s *steady) Read(p []byte) (int, error) {
	_ = s.conn.SetReadDeadline(s.due())
	n, err := s.from.Read(p)
	if s.bytes += int64(n); err == io.EOF {
		_ = s.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// due is when the next byte has to be here.
func (s *steady) due() time.Time {
	return s.began.Add(bodyGrace + time.Duration(s.bytes)*time.Second/bodyPace)
}
