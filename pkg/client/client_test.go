package client

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestClientNeedsAnAddressAndAKey(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "127.0.0.1:8080", "ftp://x", "http://", "::"} {
		if _, err := New(address, "key", nil); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8080") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New("http://x", "", nil); err == nil {
		t.Error("no key is needed")
	}
}

func TestRefusalsAreErrorsThatSayWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		code, body string
		want       string
	}{
		"a problem":            {404, "not_found", `{"detail":"no such run","errors":[]}`, "no such run"},
		"one place":            {422, "invalid", `{"detail":"is empty","errors":[{"path":"name","message":"is empty"}]}`, "name: is empty"},
		"two places":           {422, "invalid", `{"detail":"2 problems","errors":[{"path":"a","message":"x"},{"path":"b","message":"y"}]}`, "2 problems; a: x; b: y"},
		"a published sentence": {401, "unauthenticated", `{"detail":"Invalid authentication credentials"}`, "Invalid authentication credentials"},
		"a published list":     {422, "invalid", `{"detail":[{"loc":["path","environment"],"msg":"no"}]}`, "the request was refused; path environment: no"},
		"a proxy":              {502, "", "<html>", "502 Bad Gateway"},
		"nothing":              {503, "unavailable", "", "503 Service Unavailable"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer k" {
				t.Error("the key was not shown")
			}
			w.Header().Set("X-Error-Code", c.code)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		calls, err := New(server.URL, "k", server.Client())
		if err != nil {
			t.Fatal(err)
		}
		_, err = calls.Read(t.Context(), "ws", "run")
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != c.status || err.Error() != c.want || refused.RetryAfter != 7*time.Second {
			t.Errorf("%s: %#v, want %q", name, err, c.want)
		}
		if c.code != "" && !Refused(err, ProblemCode(c.code)) || Refused(err, "other") {
			t.Errorf("%s: code %v", name, refused)
		}
		server.Close()
	}
}

func FuzzEvents(f *testing.F) {
	f.Add(":\n\nid: 3\nevent: log\ndata: {\"seq\":3,\"message\":\"x\"}\n\n")
	f.Add("id: x\n\n")
	f.Add("event: log\r\ndata: {\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		seen := 0
		err := events(strings.NewReader(text), func(e RunEvent) error {
			if seen++; e.Name == "" {
				t.Error("an event without a name")
			}
			return nil
		})
		if err == nil || seen > strings.Count(text, "\n") {
			t.Errorf("%d events of %q, then %v", seen, text, err)
		}
	})
}

func TestEventsThatAreNoneEndTheStream(t *testing.T) {
	t.Parallel()
	for text, nonsense := range map[string]bool{
		"event: log\ndata: nothing\n\n": true, ":\n\nevent: log\ndata: {}\n\n": false, "event: lo": false,
	} {
		err := events(strings.NewReader(text), func(RunEvent) error { return nil })
		if errors.Is(err, errNonsense) != nonsense || passing(err) == nonsense {
			t.Errorf("%q: %v", text, err)
		}
	}
}
