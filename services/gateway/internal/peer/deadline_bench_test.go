package peer

import (
	"net"
	"testing"
	"time"
)

// BenchmarkDeadlines is what a connection is told for one request with a body.
func BenchmarkDeadlines(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	there, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer there.Close()
	raw, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	for name, conn := range map[string]net.Conn{"plain": raw, "lenient": &lenient{Conn: raw}} {
		b.Run(name, func(b *testing.B) {
			one := make([]byte, 1)
			b.ReportAllocs()
			for b.Loop() {
				now := time.Now()
				in := func(s int) { _ = conn.SetReadDeadline(now.Add(time.Duration(s) * time.Second)) }
				in(5)  // for the header
				in(30) // for the whole request
				in(5)  // for the body
				_ = conn.SetReadDeadline(time.Time{})
				_ = conn.SetReadDeadline(time.Time{})
				_ = conn.SetWriteDeadline(now.Add(30 * time.Second))
				_ = conn.SetReadDeadline(time.Unix(1, 0)) // the read behind the body is cut short
				_ = conn.SetReadDeadline(time.Time{})
				_ = conn.SetWriteDeadline(time.Time{})
				in(60) // until the next request
				if _, err := there.Write(one); err != nil {
					b.Fatal(err)
				}
				if _, err := conn.Read(one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
