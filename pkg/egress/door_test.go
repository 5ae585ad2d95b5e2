package egress_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onsethq/onset/pkg/egress"
)

// target is a server on loopback that counts who comes.
func target(t *testing.T) (url string, hits *atomic.Int64) {
	t.Helper()
	hits = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		io.WriteString(w, "inside")
	}))
	t.Cleanup(s.Close)
	return s.URL, hits
}

func address(url string) string { return strings.TrimPrefix(url, "http://") }

func get(t *testing.T, d egress.Door, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := d.Client()
	t.Cleanup(c.CloseIdleConnections)
	return c.Do(r)
}

func TestRefusedURLsAllGetOneAnswer(t *testing.T) {
	t.Parallel()
	inside, hits := target(t)
	_, port, _ := net.SplitHostPort(address(inside))
	names := fakeDNS(t, func(name string) string {
		switch name {
		case "inside.example.":
			return "127.0.0.1"
		case "meta.example.":
			return "169.254.169.254"
		}
		return ""
	})
	for _, url := range []string{
		inside,
		"http://localhost:" + port,
		"http://localhost",
		"http://127.0.0.1/",
		"http://[::1]/",
		"http://[::ffff:127.0.0.1]/",
		"http://[::ffff:7f00:1]:80/",
		"http://0.0.0.0/",
		"http://10.0.0.1/",
		"http://100.100.100.200/latest/meta-data",
		"http://169.254.169.254/latest/meta-data",
		"http://168.63.129.16/",
		"http://[fd00:ec2::254]/",
		"http://[64:ff9b::7f00:1]/",
		"http://[2002:7f00:1::]/",
		"http://127.1/",
		"http://2130706433/",
		"http://0x7f000001/",
		"http://0177.0.0.1/",
		"http://inside.example:" + port,
		"http://inside.example:8080/",
		"http://meta.example/",
		"http://nowhere.example/",
		"http://user:password@8.8.8.8/",
		"http://user@inside.example/",
		"http://8.8.8.8:22/",
		"http://8.8.8.8:6379/",
		"http://8.8.8.8:5432/",
		"http://8.8.8.8:080/",
		"file:///etc/passwd",
		"gopher://8.8.8.8/",
		"ftp://8.8.8.8/",
		"http:///path",
		"http://8.8.8.8/" + strings.Repeat("a", 2048),
	} {
		t.Run(url[:min(len(url), 60)], func(t *testing.T) {
			t.Parallel()
			resp, err := get(t, egress.Door{PlainHTTP: true, Resolver: names}, url)
			if err == nil {
				resp.Body.Close()
				t.Fatal("it was let through")
			}
			if !errors.Is(err, egress.ErrBlocked) || !strings.HasSuffix(err.Error(), ": blocked by egress policy") {
				t.Errorf("error %q is not the one answer", err)
			}
			if hits.Load() != 0 {
				t.Error("the server inside was reached")
			}
		})
	}
}

func TestPlainHTTPNeedsTheDoorToSayIt(t *testing.T) {
	t.Parallel()
	names := fakeDNS(t, func(string) string { return "" })
	_, err := get(t, egress.Door{Resolver: names}, "http://8.8.8.8/")
	if !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("plain http to a public address: %v", err)
	}
}

func TestAnExceptionOpensItsHostAndPortOnly(t *testing.T) {
	t.Parallel()
	inside, hits := target(t)
	other, _ := target(t)
	d := egress.Door{Allow: []string{address(inside), "not an exception"}}

	resp, err := get(t, d, inside)
	if err != nil {
		t.Fatal(err)
	}
	body, err := egress.ReadAll(resp, 100)
	if err != nil || string(body) != "inside" || hits.Load() != 1 {
		t.Errorf("body %q, error %v, %d hits", body, err, hits.Load())
	}
	if _, err := get(t, d, other); !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("another port of the same host: %v", err)
	}
	_, port, _ := net.SplitHostPort(address(inside))
	if _, err := get(t, d, "http://localhost:"+port); !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("another name of the same host: %v", err)
	}
}

// The name is public when somebody looks and private when the connection is
// made: the check sees the second answer.
func TestARebindingNameIsRefused(t *testing.T) {
	t.Parallel()
	inside, hits := target(t)
	var asked atomic.Int64
	names := fakeDNS(t, func(string) string {
		if asked.Add(1) == 1 {
			return "8.8.8.8"
		}
		return "127.0.0.1"
	})
	first, err := names.LookupHost(t.Context(), "rebind.example.")
	if err != nil || len(first) != 1 || first[0] != "8.8.8.8" {
		t.Fatalf("first answer %v, %v", first, err)
	}
	_, port, _ := net.SplitHostPort(address(inside))
	allow := "other.example:" + port
	for _, url := range []string{"http://rebind.example.:8080/", "http://rebind.example./"} {
		if _, err := get(t, egress.Door{PlainHTTP: true, Resolver: names, Allow: []string{allow}}, url); !errors.Is(err, egress.ErrBlocked) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("the server inside was reached")
	}
}

func TestASilentResolverIsAnOrdinaryFailure(t *testing.T) {
	t.Parallel()
	broken := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no route")
	}}
	_, err := get(t, egress.Door{PlainHTTP: true, Resolver: broken}, "http://somewhere.example/")
	if err == nil || errors.Is(err, egress.ErrBlocked) {
		t.Errorf("got %v: worth another try, so not blocked", err)
	}
}

func TestExceptionsAreHostAndPort(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"127.0.0.1:9999":      "127.0.0.1:9999",
		" Lookup.Local:8081 ": "lookup.local:8081",
		"[::1]:80":            "[::1]:80",
		"127.0.0.1":           "",
		":80":                 "",
		"host:0":              "",
		"host:65536":          "",
		"host:http":           "",
		"http://host:80":      "",
		"*.example:80":        "",
		"":                    "",
	} {
		got, err := egress.ParseException(entry)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseException(%q) = %q, %v, want %q", entry, got, err, want)
		}
	}
}
