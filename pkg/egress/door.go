// Package egress is the only way out: every connection that a tenant can cause
// (HTTP tools, model servers, callbacks) goes through its client, which looks
// at the address it is really about to connect to.
//
// The check sits at dial time, behind name resolution, so a name that answers
// a public address when asked and a private one when used gains nothing. It is
// one wall; the network policy of the worker's container is the other.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrBlocked is the one answer for an address that is refused and for a host
// that does not exist, so that nobody can map a network by asking.
var ErrBlocked = errors.New("blocked by egress policy")

// Door says what may leave. The zero Door lets https to public addresses
// through, on the usual ports.
type Door struct {
	// Allow lists exceptions as "host:port": the host is compared as it is
	// written in the URL, and neither its address nor its port nor plain http
	// is refused. See ParseException.
	Allow []string
	// PlainHTTP lets http through to public addresses as well.
	PlainHTTP bool
	// Resolver finds addresses; nil is the system's.
	Resolver *net.Resolver
}

// Client makes the guarded client. It keeps a pool of connections, so one per
// process is right; its calls are bounded by their contexts alone.
func (d Door) Client() *http.Client {
	g := guard{allowed: map[string]bool{}, plain: d.PlainHTTP}
	for _, entry := range d.Allow {
		if hostport, err := ParseException(entry); err == nil {
			g.allowed[hostport] = true
		}
	}
	open := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Resolver: d.Resolver}
	guarded := open
	guarded.ControlContext = refusePrivate
	g.next = &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, hostport string) (net.Conn, error) {
			if g.allowed[strings.ToLower(hostport)] {
				return open.DialContext(ctx, network, hostport)
			}
			return guarded.DialContext(ctx, network, hostport)
		},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
	}
	return &http.Client{Transport: g, CheckRedirect: redirect}
}

// ParseException reads one "host:port" of an allow list and returns it as the
// door compares it.
func ParseException(entry string) (string, error) {
	host, port, err := net.SplitHostPort(strings.TrimSpace(entry))
	if err != nil || host == "" || strings.ContainsAny(host, "/@* ") {
		return "", fmt.Errorf("%q is not host:port", entry)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("%q has no port between 1 and 65535", entry)
	}
	return net.JoinHostPort(strings.ToLower(host), port), nil
}

// refusePrivate looks at the address of the connection that is being made.
func refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	if !publicAddress(address) {
		return ErrBlocked
	}
	return nil
}

// hostport is where a URL leads, in the form that exceptions are written in.
func hostport(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
