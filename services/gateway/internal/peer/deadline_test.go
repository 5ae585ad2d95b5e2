package peer

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// told counts what reaches a connection.
type told struct {
	net.Conn
	deadlines int
}

func (t *told) SetReadDeadline(at time.Time) error {
	t.deadlines++
	return t.Conn.SetReadDeadline(at)
}

func pipe() (c *lenient, inner *told, other net.Conn) {
	here, there := net.Pipe()
	inner = &told{Conn: here}
	return &lenient{Conn: inner}, inner, there
}

func TestTheLastDeadlineCountsWhateverWasBeforeIt(t *testing.T) {
	t.Parallel()
	const never = -1
	for name, c := range map[string]struct {
		seconds []int // from the beginning, one after the other
		want    int   // when a read gives up
		most    int   // how many of them the connection is told before
	}{
		"Later":        {[]int{5, 30, 60}, 60, 1},
		"Sooner":       {[]int{60, 30, 5}, 5, 3},
		"There":        {[]int{5, 60, 5}, 5, 1},
		"SoonerAgain":  {[]int{5, 60, 30}, 30, 1},
		"Cleared":      {[]int{5, never, 60}, 60, 1},
		"PastAndLater": {[]int{-10, never, 60}, 60, 1},
		"Past":         {[]int{60, -10}, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn, inner, other := pipe()
				defer conn.Close()
				defer other.Close()
				began := time.Now()
				for _, s := range c.seconds {
					at := began.Add(time.Duration(s) * time.Second)
					if s == never {
						at = time.Time{}
					}
					if err := conn.SetReadDeadline(at); err != nil {
						t.Fatal(err)
					}
				}
				if inner.deadlines > c.most {
					t.Errorf("the connection was told %d deadlines, want %d", inner.deadlines, c.most)
				}
				_, err := conn.Read(make([]byte, 1))
				if took := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || took != time.Duration(c.want)*time.Second {
					t.Errorf("the read ended after %v with %v, want %d s", took, err, c.want)
				}
			})
		})
	}
}

func TestAReadThatWaitsIsCutShortAndTheNextOneReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn, _, other := pipe()
		defer conn.Close()
		defer other.Close()
		cut := make(chan error)
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_ = conn.SetReadDeadline(time.Time{})
		go func() { _, err := conn.Read(make([]byte, 1)); cut <- err }()
		time.Sleep(time.Minute) // the deadline that was taken back ends nothing
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		if err := <-cut; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the read that waited ended with %v", err)
		}
		_ = conn.SetReadDeadline(time.Time{})
		go func() { _, _ = other.Write([]byte("x")) }()
		if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("the next read gives %d, %v", n, err)
		}
	})
}

func TestAWriteGoesOnBehindADeadlineThatWasMoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn, _, other := pipe()
		defer conn.Close()
		defer other.Close()
		began := time.Now()
		_ = conn.SetWriteDeadline(began.Add(time.Second))
		_ = conn.SetWriteDeadline(began.Add(time.Minute))
		go func() {
			_, _ = other.Read(make([]byte, 2))
			time.Sleep(10 * time.Second)
			_, _ = other.Read(make([]byte, 2))
		}()
		n, err := conn.Write([]byte("abcde"))
		if took := time.Since(began); n != 4 || !errors.Is(err, os.ErrDeadlineExceeded) || took != time.Minute {
			t.Errorf("wrote %d in %v, %v; want four bytes, and a minute for the fifth", n, took, err)
		}
	})
}
