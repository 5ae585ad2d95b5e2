package api

import (
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
	"time"
)

// line is a connection over which a body comes, some bytes at a time.
type line struct {
	now, due time.Time
	left     int
	each     time.Duration // between two bytes
}

func (l *line) SetReadDeadline(at time.Time) error { l.due = at; return nil }

func (l *line) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	if l.now = l.now.Add(l.each); l.now.After(l.due) {
		return 0, os.ErrDeadlineExceeded
	}
	l.left--
	return 1, nil
}

func TestBodyThatDrippedIsCutAndASlowOneArrives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		each  time.Duration
		cut   bool
		after time.Duration
	}{
		{"a byte a second", time.Second, true, 6 * time.Second},
		{"a tenth below the pace", time.Second * 11 / 10 / bodyPace, true, time.Minute},
		{"at the pace", time.Second / bodyPace, false, 0},
	} {
		l := &line{now: time.Unix(1_700_000_000, 0), left: MaxBody, each: c.each}
		began := l.now
		_, err := io.ReadAll(iotest.OneByteReader(steadily(l, l, func() time.Time { return began })))
		if took := l.now.Sub(began); errors.Is(err, os.ErrDeadlineExceeded) != c.cut || c.cut && took > c.after {
			t.Errorf("%s: %v after %v", c.name, err, took)
		}
		if err == nil && !l.due.IsZero() {
			t.Errorf("%s: a deadline is left behind", c.name)
		}
	}
}
