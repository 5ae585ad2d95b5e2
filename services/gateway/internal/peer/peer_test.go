package peer

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func proxies(texts ...string) (p Proxies) {
	for _, text := range texts {
		p = append(p, netip.MustParsePrefix(text))
	}
	return p
}

func from(remote string, forwarded ...string) *http.Request {
	return &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": forwarded}}
}

func TestCallerIsTheLastAddressThatNobodyCouldInvent(t *testing.T) {
	t.Parallel()
	ours := proxies("10.0.0.0/8", "fd00::/8")
	for name, c := range map[string]struct {
		trusted Proxies
		r       *http.Request
		want    string
	}{
		"direct":                    {nil, from("203.0.113.7:1234"), "203.0.113.7"},
		"direct, forwarded":         {nil, from("203.0.113.7:1234", "1.1.1.1"), "203.0.113.7"},
		"stranger, forwarded":       {ours, from("203.0.113.7:1234", "1.1.1.1"), "203.0.113.7"},
		"one proxy":                 {ours, from("10.0.0.1:1", "203.0.113.7"), "203.0.113.7"},
		"two proxies":               {ours, from("10.0.0.1:1", "203.0.113.7, 10.0.0.2"), "203.0.113.7"},
		"invented hops":             {ours, from("10.0.0.1:1", "1.1.1.1, 10.9.9.9, 203.0.113.7"), "203.0.113.7"},
		"two headers":               {ours, from("10.0.0.1:1", "1.1.1.1", "203.0.113.7"), "203.0.113.7"},
		"port":                      {ours, from("10.0.0.1:1", "203.0.113.7:443"), "203.0.113.7"},
		"IPv6 with port":            {ours, from("[fd00::1]:1", "[2001:db8::1]:443"), "2001:db8::1"},
		"IPv6 in brackets":          {ours, from("[fd00::1]:1", "[2001:db8::1]"), "2001:db8::1"},
		"IPv4 in IPv6":              {ours, from("[::ffff:10.0.0.1]:1", "::ffff:203.0.113.7"), "203.0.113.7"},
		"no header":                 {ours, from("10.0.0.1:1"), "10.0.0.1"},
		"nonsense":                  {ours, from("10.0.0.1:1", "203.0.113.7, unknown"), "10.0.0.1"},
		"nonsense behind two":       {ours, from("10.0.0.1:1", "'; drop, 10.0.0.2"), "10.0.0.2"},
		"proxies only":              {ours, from("10.0.0.1:1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		"neither address nor trust": {ours, from("@"), "invalid IP"},
	} {
		if got := c.trusted.Of(c.r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestOneCustomersAddressesAreOneGroup(t *testing.T) {
	t.Parallel()
	group := func(text string) netip.Prefix { return Group(netip.MustParseAddr(text)) }
	if group("2001:db8::1") != group("2001:db8::ffff:1:2") || group("2001:db8::1") == group("2001:db8:0:1::1") {
		t.Error("an IPv6 group is a /64")
	}
	if group("203.0.113.7") == group("203.0.113.8") {
		t.Error("an IPv4 group is one address")
	}
	if Group(netip.Addr{}) != (netip.Prefix{}) {
		t.Error("who has no address has no group")
	}
}

// Whatever strangers write, who is not trusted is taken for who holds the
// connection, and who is trusted never hides a caller that the proxy named.
func FuzzForwardedFor(f *testing.F) {
	for _, text := range []string{"", ",", "1.1.1.1", "::1%eth0", "[::1]:1,", "10.0.0.1, 203.0.113.7", strings.Repeat(",", 100)} {
		f.Add(text)
	}
	ours := proxies("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, text string) {
		if got := ours.Of(from("203.0.113.7:1", text)); got != netip.MustParseAddr("203.0.113.7") {
			t.Errorf("a stranger became %s", got)
		}
		if got := ours.Of(from("10.0.0.1:1", text, "203.0.113.9")); got != netip.MustParseAddr("203.0.113.9") {
			t.Errorf("the caller became %s", got)
		}
		if got := ours.Of(from("10.0.0.1:1", text)); !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("nobody is at %s", got)
		}
	})
}
