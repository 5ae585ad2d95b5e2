// Package peer is who is at the other end of a connection: an address that a
// stranger cannot choose, and how many connections it may hold.
package peer

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose word about the caller counts.
type Proxies []netip.Prefix

// Trust says whether an address is one of ours.
func (p Proxies) Trust(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(a) })
}

// Of is where a request comes from: who holds the connection, or when that is a
// proxy of ours, the last address before it that is none. What stands further
// left in X-Forwarded-For is the caller's own invention.
func (p Proxies) Of(r *http.Request) netip.Addr {
	from := hop(r.RemoteAddr)
	if !p.Trust(from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(hops) {
		before := hop(strings.TrimSpace(text))
		if !before.IsValid() {
			return from // the last that somebody we trust could tell
		}
		if from = before; !p.Trust(from) {
			return from
		}
	}
	return from
}

// hop reads an address that may have a port; the zero Addr when it is none.
func hop(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// Group is what is counted as one caller: an IPv4 address, or the /64 that a
// provider gives to one customer.
func Group(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	group, _ := a.Prefix(bits) // the zero Addr has the zero group
	return group
}
