package egress_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// fakeDNS is a resolver over a name server of its own: answer gives the IPv4
// address of a name, or "" when it does not exist.
func fakeDNS(t *testing.T, answer func(name string) string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo(reply(buf[:n], answer), from)
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply answers one question of type A; every other type has no records.
func reply(query []byte, answer func(string) string) []byte {
	end := 12
	var labels []string
	for query[end] != 0 {
		n := int(query[end])
		labels = append(labels, string(query[end+1:end+1+n]))
		end += 1 + n
	}
	question := query[12 : end+5]
	isA := binary.BigEndian.Uint16(query[end+1:]) == 1

	flags, records := uint16(0x8180), []byte(nil)
	if isA {
		ip := answer(strings.ToLower(strings.Join(labels, ".")) + ".")
		if ip == "" {
			flags |= 3
		} else {
			a := netip.MustParseAddr(ip).As4()
			records = append([]byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4}, a[:]...)
		}
	}
	out := append([]byte{query[0], query[1]}, binary.BigEndian.AppendUint16(nil, flags)...)
	out = append(out, 0, 1, 0, byte(min(len(records), 1)), 0, 0, 0, 0)
	return append(append(out, question...), records...)
}
