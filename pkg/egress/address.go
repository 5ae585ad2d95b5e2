package egress

import "net/netip"

// Of IPv4 everything is open but these. The methods of netip.Addr (IsPrivate,
// IsLoopback and so on) know only about half of them.
var closed4 = prefixes(
	"0.0.0.0/8",          // this network
	"10.0.0.0/8",         // private
	"100.64.0.0/10",      // carrier NAT; a cloud's metadata lives here
	"127.0.0.0/8",        // loopback
	"168.63.129.16/32",   // a cloud's wire server
	"169.254.0.0/16",     // link local; most clouds' metadata
	"172.16.0.0/12",      // private
	"192.0.0.0/24",       // protocol assignments
	"192.0.2.0/24",       // documentation
	"192.88.99.0/24",     // 6to4 relays
	"192.168.0.0/16",     // private
	"198.18.0.0/15",      // benchmarks
	"198.51.100.0/24",    // documentation
	"203.0.113.0/24",     // documentation
	"224.0.0.0/4",        // multicast
	"240.0.0.0/4",        // reserved
	"255.255.255.255/32", // broadcast
)

// Of IPv6 nothing is open but open6, and of that not these. What is left out
// by this alone: ::1, mapped and compatible IPv4, NAT64, discard, unique and
// link local, site local, multicast.
var (
	open6   = netip.MustParsePrefix("2000::/3")
	closed6 = prefixes(
		"2001::/23",     // protocol assignments, Teredo
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4: an IPv4 address inside
		"3fff::/20",     // documentation
	)
)

// publicAddress says whether "ip:port" may be connected to.
func publicAddress(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	a := ap.Addr().Unmap()
	if a.Is4() {
		return !within(a, closed4)
	}
	return open6.Contains(a) && !within(a, closed6)
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
