// Package reach gets the calls of a person at a terminal to a running Onset: a
// server that is away for a moment is asked again, and of one that does not
// answer at all it is said what to do.
package reach

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/secret"
)

// Server makes a client of the server at an origin such as
// http://127.0.0.1:8080.
func Server(address string, k secret.Secret) (*client.Client, error) {
	return client.New(address, k.Reveal(), &http.Client{Transport: patient{http.DefaultTransport}})
}

// Away is the error of a server from which no answer came.
type Away struct {
	Address string
	Cause   error
}

func (a *Away) Error() string {
	return fmt.Sprintf("no answer from %s (%v): start the server with `make run` or `onset up`, or name another with --server", a.Address, a.Cause)
}

func (a *Away) Unwrap() error { return a.Cause }

// patient asks a server that answers 503 again, if asking twice does no harm.
type patient struct{ through http.RoundTripper }

// maxTries is how often a server that answers 503 is asked.
const maxTries = 5

// RoundTrip sends a request.
func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for tries := 1; ; tries++ {
		resp, err := p.through.RoundTrip(r)
		switch {
		case err != nil && r.Context().Err() != nil:
			return nil, r.Context().Err()
		case err != nil:
			return nil, &Away{(&url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}).String(), err}
		case tries == maxTries || r.Method == http.MethodPost || resp.StatusCode != http.StatusServiceUnavailable:
			return resp, nil
		}
		if r, err = again(r, resp); err != nil {
			return nil, err
		}
	}
}

// again waits as long as the server asks and gives the request anew.
func again(r *http.Request, resp *http.Response) (*http.Request, error) {
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none is no time
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(time.Duration(seconds) * time.Second):
	}
	next := r.Clone(r.Context())
	if r.GetBody == nil {
		return next, nil
	}
	body, err := r.GetBody()
	next.Body = body
	return next, err
}

// Explained is an error without what only programmers want to know: where no
// answer came it is *Away, and else what the server said.
func Explained(err error) error {
	var away *Away
	if errors.As(err, &away) {
		return away
	}
	return err
}
