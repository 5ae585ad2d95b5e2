package client

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answering is a server that gives every caller the same answer.
func answering(t *testing.T, status int, header http.Header, body string) (s Server, asked *int) {
	t.Helper()
	asked = new(int)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		if r.Header.Get("Authorization") != "Bearer the-key" {
			t.Errorf("the key arrived as %q", r.Header.Get("Authorization"))
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return Server{URL: srv.URL, Key: "the-key"}, asked
}

func TestRefusalsOfEverySurfaceAreRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header http.Header
		body   string
		want   Problem
	}{
		"native": {422, nil, `{"code":"invalid","detail":"the document has 2 problems","errors":[{"path":"nodes[0].id","code":"invalid","message":"bad"},{"message":"worse"}]}`,
			Problem{Status: 422, Code: "invalid", Text: "the document has 2 problems", Places: []string{"nodes[0].id: bad", "worse"}}},
		"published": {404, http.Header{"X-Error-Code": {"not_found"}}, `{"detail":"Trigger not found"}`,
			Problem{Status: 404, Code: "not_found", Text: "Trigger not found"}},
		"published list": {422, nil, `{"detail":[{"type":"enum","loc":["path","environment"],"msg":"Input should be 'DEV'"}]}`,
			Problem{Status: 422, Text: "the request was refused", Places: []string{"path environment: Input should be 'DEV'"}}},
		"busy": {429, http.Header{"Retry-After": {"3"}}, `{"detail":"Too many requests"}`,
			Problem{Status: 429, Text: "Too many requests", After: 3 * time.Second}},
		"somebody else": {502, nil, `<html>`, Problem{Status: 502, Text: "the server answered 502 Bad Gateway"}},
	} {
		s, _ := answering(t, c.status, c.header, c.body)
		err := s.Do(t.Context(), http.MethodGet, "/", nil, nil)
		var got *Problem
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, *got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestServerThatIsAwayIsAskedAgainUnlessThatHarms(t *testing.T) {
	t.Parallel()
	away := http.Header{"Retry-After": {"0"}}
	for method, want := range map[string]int{http.MethodGet: maxTries, http.MethodPut: maxTries, http.MethodPost: 1} {
		s, asked := answering(t, http.StatusServiceUnavailable, away, `{"detail":"away"}`)
		if err := s.Do(t.Context(), method, "/", nil, nil); err == nil || *asked != want {
			t.Errorf("%s: asked %d times (%v), want %d", method, *asked, err, want)
		}
	}
}

func TestForeignAnswersAreExplained(t *testing.T) {
	t.Parallel()
	s, _ := answering(t, http.StatusOK, nil, `<html>hello</html>`)
	var doc struct{}
	if err := s.Do(t.Context(), http.MethodGet, "/", nil, &doc); err == nil || !strings.Contains(err.Error(), "is the address right?") {
		t.Errorf("a web page: %v", err)
	}
	s.URL = "127.0.0.1:8080"
	if err := s.Do(t.Context(), http.MethodGet, "/", nil, nil); err == nil || !strings.Contains(err.Error(), "127.0.0.1:8080") {
		t.Errorf("an address without a scheme: %v", err)
	}
}
