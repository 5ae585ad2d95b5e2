package egress

import (
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesAreOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		open    bool
	}{
		{"8.8.8.8:443", true},
		{"1.1.1.1:80", true},
		{"100.63.255.255:443", true},
		{"100.128.0.0:443", true},
		{"172.15.255.255:443", true},
		{"172.32.0.1:443", true},
		{"192.0.1.1:443", true},
		{"198.17.255.255:443", true},
		{"223.255.255.255:443", true},
		{"[2606:4700::1111]:443", true},
		{"[2001:200::1]:443", true},
		{"[2a00:1450:4001::1]:443", true},
		{"[::ffff:8.8.8.8]:443", true},

		{"0.0.0.0:80", false},
		{"0.1.2.3:80", false},
		{"10.0.0.1:80", false},
		{"10.255.255.255:80", false},
		{"100.64.0.1:80", false},
		{"100.100.100.200:80", false},
		{"127.0.0.1:80", false},
		{"127.255.0.1:80", false},
		{"168.63.129.16:80", false},
		{"169.254.169.254:80", false},
		{"169.254.170.2:80", false},
		{"172.16.0.1:80", false},
		{"172.31.255.255:80", false},
		{"192.0.0.1:80", false},
		{"192.0.0.192:80", false},
		{"192.0.2.1:80", false},
		{"192.88.99.1:80", false},
		{"192.168.1.1:80", false},
		{"198.18.0.1:80", false},
		{"198.19.255.255:80", false},
		{"198.51.100.7:80", false},
		{"203.0.113.9:80", false},
		{"224.0.0.1:80", false},
		{"239.255.255.250:80", false},
		{"240.0.0.1:80", false},
		{"255.255.255.255:80", false},

		{"[::]:80", false},
		{"[::1]:80", false},
		{"[::127.0.0.1]:80", false},
		{"[::ffff:127.0.0.1]:80", false},
		{"[::ffff:7f00:1]:80", false},
		{"[::ffff:10.1.2.3]:80", false},
		{"[::ffff:169.254.169.254]:80", false},
		{"[64:ff9b::7f00:1]:80", false},
		{"[64:ff9b:1::a00:1]:80", false},
		{"[100::1]:80", false},
		{"[2001::1]:80", false},
		{"[2001:1ff::1]:80", false},
		{"[2001:db8::1]:80", false},
		{"[2002:7f00:1::]:80", false},
		{"[3fff::1]:80", false},
		{"[4000::1]:80", false},
		{"[5f00::1]:80", false},
		{"[fc00::1]:80", false},
		{"[fd00:ec2::254]:80", false},
		{"[fe80::1]:80", false},
		{"[fe80::1%eth0]:80", false},
		{"[2606:4700::1111%eth0]:80", false},
		{"[fec0::1]:80", false},
		{"[ff02::1]:80", false},
		{"not an address", false},
		{"", false},
	} {
		if got := publicAddress(c.address); got != c.open {
			t.Errorf("publicAddress(%q) = %v, want %v", c.address, got, c.open)
		}
	}
}

// Whatever the standard library calls special is never public for us.
func FuzzNoSpecialAddressIsOpen(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{10, 0, 0, 1})
	f.Add(netip.MustParseAddr("fe80::1").AsSlice())
	f.Add(netip.MustParseAddr("::ffff:192.168.0.1").AsSlice())
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		u := a.Unmap()
		special := !u.IsGlobalUnicast() || u.IsPrivate()
		if special && publicAddress(netip.AddrPortFrom(a, 443).String()) {
			t.Errorf("%v is open", a)
		}
	})
}
