package egress

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
)

// Line is a way through the door to one server and to no other, for one
// conversation with it. Its headers go with every request, so a redirect to
// another server is blocked; and what the server answers in all has one budget,
// however many answers it spreads over.
//
// It remembers what those who speak a protocol over it no longer tell: whether
// the server was reached, and what it answered.
type Line struct {
	server  *url.URL
	headers http.Header
	next    http.RoundTripper

	mu      sync.Mutex
	left    int64
	reached int
	status  int
	header  http.Header
	err     error
}

// maxAnswers bounds the requests of one conversation: a server can make its
// caller ask again.
const maxAnswers = 100

// NewLine leads through client's door to the server of an address. budget is in
// bytes. Headers that a request has already stay as they are.
func NewLine(client *http.Client, address string, headers http.Header, budget int64) (*Line, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("this is no address") // it may hold a secret
	}
	return &Line{server: u, headers: headers, next: client.Transport, left: budget}, nil
}

// Client is the line as protocols want it.
func (l *Line) Client() *http.Client {
	return &http.Client{Transport: l, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errRedirects
		}
		if !l.leads(r.URL) {
			return l.breaks(ErrBlocked)
		}
		r.Header.Del("Referer")
		return nil
	}}
}

// leads says whether an address is one of the line's server.
func (l *Line) leads(u *url.URL) bool {
	return u.Scheme == l.server.Scheme && strings.EqualFold(u.Host, l.server.Host)
}

// Reached counts the requests that the server may have seen.
func (l *Line) Reached() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reached
}

// Answer is the status and the header that the last request was answered with;
// 0 when it was not.
func (l *Line) Answer() (int, http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status, l.header
}

// Err is why the line broke, or nil: ErrBlocked, ErrTooLarge, or an answer that
// was compressed unasked.
func (l *Line) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// RoundTrip makes one request of the conversation.
func (l *Line) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.Err(); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	l.notes(0, nil)
	resp, err := l.next.RoundTrip(l.dressed(r))
	if err != nil {
		if errors.Is(err, ErrBlocked) {
			l.breaks(ErrBlocked)
		}
		return nil, err
	}
	if err := l.hears(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	resp.Body = &metered{resp.Body, l}
	return resp, nil
}

// dressed is a request with the line's headers, which tells when it is under
// way.
func (l *Line) dressed(r *http.Request) *http.Request {
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.reached++
	}})
	r = r.Clone(ctx)
	for name, values := range l.headers {
		if _, taken := r.Header[name]; !taken {
			r.Header[name] = values
		}
	}
	return r
}

// hears takes an answer, or refuses it.
func (l *Line) hears(resp *http.Response) error {
	l.notes(resp.StatusCode, resp.Header)
	if l.Reached() > maxAnswers {
		return l.breaks(fmt.Errorf("%w: it takes more than %d requests", ErrTooLarge, maxAnswers))
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return l.breaks(errEncoded)
	}
	return nil
}

func (l *Line) notes(status int, header http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status, l.header = status, header
}

// breaks ends the conversation; the first reason stays.
func (l *Line) breaks(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
	return l.err
}

// spend takes what was read from the budget.
func (l *Line) spend(n int) error {
	l.mu.Lock()
	l.left -= int64(n)
	over := l.left < 0
	l.mu.Unlock()
	if over {
		return l.breaks(ErrTooLarge)
	}
	return nil
}

// metered is a body that is paid for from the line's budget.
type metered struct {
	io.ReadCloser
	line *Line
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if over := m.line.spend(n); over != nil {
		return n, over
	}
	return n, err
}
