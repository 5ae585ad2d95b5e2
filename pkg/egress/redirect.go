package egress

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// maxRedirects bounds the hops behind the first request.
const maxRedirects = 3

// errRedirects says that a server sends its callers round and round.
var errRedirects = errors.New("stopped after 3 redirects")

// harmless are the headers that may follow a redirect to another host: any
// other could have been filled from a secret.
var harmless = []string{"Accept", "Accept-Language", "Content-Type", "User-Agent", "Idempotency-Key", "X-Run-Epoch", "X-Trigger-Depth"}

// redirect decides whether a hop is followed, and with what. The guard checks
// the target itself, like that of any request.
func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects
	}
	last := via[len(via)-1]
	if last.URL.Scheme == "https" && r.URL.Scheme == "http" {
		return ErrBlocked
	}
	r.Header.Del("Referer") // carries the query of the last URL
	if !leftHost(r, via) {
		return nil
	}
	if r.Body != nil && r.Body != http.NoBody { // 307, 308: sends the body again
		return ErrBlocked
	}
	for name := range r.Header {
		if !slices.Contains(harmless, name) {
			r.Header.Del(name)
		}
	}
	return nil
}

// leftHost says whether any hop went to another host than the first. Coming
// back does not count as never having left: the stranger chose the path.
func leftHost(r *http.Request, via []*http.Request) bool {
	for _, hop := range append(slices.Clone(via), r) {
		if !strings.EqualFold(hop.URL.Host, via[0].URL.Host) {
			return true
		}
	}
	return false
}
