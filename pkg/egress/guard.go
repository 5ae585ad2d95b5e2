package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// guard looks at every request before it leaves, each hop of a redirect too.
type guard struct {
	allowed map[string]bool
	plain   bool
	next    http.RoundTripper
}

// floor is how long a refusal takes at least: an answer at once would tell a
// refused address from an unknown name.
const floor = 50 * time.Millisecond

func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	earliest := time.NewTimer(floor)
	defer earliest.Stop()

	resp, err := g.send(r)
	if err == nil || !blocked(err) {
		return resp, err
	}
	select {
	case <-earliest.C:
	case <-r.Context().Done():
	}
	return nil, ErrBlocked
}

func (g guard) send(r *http.Request) (*http.Response, error) {
	if !g.open(r.URL) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, ErrBlocked
	}
	return g.next.RoundTrip(r)
}

// open says whether a URL may be asked at all, before its host is resolved.
func (g guard) open(u *url.URL) bool {
	if u.User != nil || u.Hostname() == "" || len(u.String()) > maxURL {
		return false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if g.allowed[hostport(u)] {
		return true
	}
	if u.Scheme == "http" && !g.plain {
		return false
	}
	return slices.Contains(ports, u.Port())
}

// maxURL bounds a URL's text, in bytes.
const maxURL = 2048

// ports are those that a URL may name without an exception.
var ports = []string{"", "80", "443", "8080", "8443"}

// blocked finds the refusals in an error: our own, and names that do not
// exist. A resolver that gives no answer is an ordinary failure.
func blocked(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, ErrBlocked) || errors.As(err, &dns) && dns.IsNotFound && !errors.Is(err, context.Canceled)
}
