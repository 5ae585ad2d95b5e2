package egress_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/egress"
)

// line leads to a server through a door that lets it and others through.
func line(t *testing.T, budget int64, url string, others ...string) *egress.Line {
	t.Helper()
	d := egress.Door{Allow: []string{address(url)}}
	for _, other := range others {
		d.Allow = append(d.Allow, address(other))
	}
	c := d.Client()
	t.Cleanup(c.CloseIdleConnections)
	l, err := egress.NewLine(c, url, http.Header{"Authorization": {"Bearer x"}, "Accept": {"*/*"}}, budget)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ask(t *testing.T, l *egress.Line, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/plain")
	resp, err := l.Client().Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body) + resp.Header.Get("Saw-Authorization") + resp.Header.Get("Saw-Accept"), err
}

func TestALineStaysWithItsServer(t *testing.T) {
	t.Parallel()
	a, b := hop(t), hop(t)
	l := line(t, 1000, a.URL, b.URL)
	if got, err := ask(t, l, a.URL+"/?to=/there"); err != nil || got != "Bearer xtext/plain" {
		t.Errorf("a redirect inside the server: %q, %v", got, err)
	}
	if l.Err() != nil || l.Reached() != 2 {
		t.Errorf("reached %d, broken by %v", l.Reached(), l.Err())
	}
	if _, err := ask(t, l, a.URL+"/?to="+b.URL); !errors.Is(err, egress.ErrBlocked) || !errors.Is(l.Err(), egress.ErrBlocked) {
		t.Errorf("a redirect to another server: %v, %v", err, l.Err())
	}
	if _, err := ask(t, l, a.URL); !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("a broken line still leads on: %v", err)
	}
}

func TestALineHasOneBudgetForAllAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345678") }))
	t.Cleanup(s.Close)
	l := line(t, 20, s.URL)
	for i, want := range []error{nil, nil, egress.ErrTooLarge} {
		if _, err := ask(t, l, s.URL); !errors.Is(err, want) {
			t.Errorf("answer %d: %v, want %v", i, err, want)
		}
	}
}

func TestALineEndsAfterAHundredRequests(t *testing.T) {
	t.Parallel()
	s := hop(t)
	l := line(t, 1000, s.URL)
	for range 100 {
		if _, err := ask(t, l, s.URL); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ask(t, l, s.URL); !errors.Is(err, egress.ErrTooLarge) || !strings.Contains(err.Error(), "100 requests") {
		t.Errorf("got %v", err)
	}
}

func TestALineTellsHowItWasAnswered(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	l := line(t, 1000, s.URL)
	if status, _ := l.Answer(); status != 0 {
		t.Errorf("before the first request: %d", status)
	}
	if _, err := ask(t, l, s.URL); err != nil {
		t.Fatal(err)
	}
	if status, header := l.Answer(); status != http.StatusTooManyRequests || header.Get("Retry-After") != "7" {
		t.Errorf("got %d, %v", status, header)
	}
	s.Close()
	if _, err := ask(t, l, s.URL); err == nil {
		t.Error("a closed server answered")
	}
	if status, _ := l.Answer(); status != 0 {
		t.Errorf("after a request without answer: %d", status)
	}
}
