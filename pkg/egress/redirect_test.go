package egress_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/egress"
)

// hop is a server that sends its callers to the path's target, or shows the
// headers it got.
func hop(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			code := http.StatusFound
			if r.Method == http.MethodPost {
				code = http.StatusTemporaryRedirect
			}
			http.Redirect(w, r, to, code)
			return
		}
		for name, values := range r.Header {
			w.Header().Set("Saw-"+name, values[0])
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestARedirectIsCheckedLikeARequest(t *testing.T) {
	t.Parallel()
	inside, hits := target(t)
	a := hop(t)
	d := egress.Door{Allow: []string{address(a.URL)}}
	for _, to := range []string{inside, "http://169.254.169.254/", "http://user:pw@8.8.8.8/", "file:///etc/passwd", "https://8.8.8.8:22/"} {
		if _, err := get(t, d, a.URL+"/?to="+to); !errors.Is(err, egress.ErrBlocked) {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("the server inside was reached")
	}
}

func TestThreeRedirectsAreEnough(t *testing.T) {
	t.Parallel()
	a := hop(t)
	d := egress.Door{Allow: []string{address(a.URL)}}
	chain := func(n int) string {
		u := a.URL + "/"
		for range n {
			u = a.URL + "/?to=" + strings.NewReplacer("?", "%3F", "=", "%3D", "%", "%25").Replace(u)
		}
		return u
	}
	resp, err := get(t, d, chain(3))
	if err != nil {
		t.Fatalf("3 redirects: %v", err)
	}
	resp.Body.Close()
	if _, err := get(t, d, chain(4)); err == nil || errors.Is(err, egress.ErrBlocked) {
		t.Errorf("4 redirects: %v", err)
	}
}

func TestHTTPSNeverFallsBackToHTTP(t *testing.T) {
	t.Parallel()
	plain := hop(t)
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)

	c := egress.Door{Allow: []string{address(plain.URL), strings.TrimPrefix(secure.URL, "https://")}}.Client()
	c.Transport = fallback{guard: c.Transport, trusting: secure.Client().Transport}
	if _, err := c.Get(secure.URL); !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("https to http: %v", err)
	}
}

// fallback answers https with a client that trusts the test's certificate.
type fallback struct{ guard, trusting http.RoundTripper }

func (f fallback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return f.trusting.RoundTrip(r)
	}
	return f.guard.RoundTrip(r)
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	a, b := hop(t), hop(t)
	client := egress.Door{Allow: []string{address(a.URL), address(b.URL)}}.Client()
	t.Cleanup(client.CloseIdleConnections)
	ask := func(url string) http.Header {
		r, _ := http.NewRequest(http.MethodGet, url, nil)
		r.Header.Set("Authorization", "Bearer s3cret")
		r.Header.Set("X-Api-Key", "s3cret")
		r.Header.Set("Idempotency-Key", "run/node/0")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header
	}
	same := ask(a.URL + "/?to=" + a.URL + "/end")
	if same.Get("Saw-Authorization") == "" || same.Get("Saw-X-Api-Key") == "" {
		t.Error("a redirect within the host lost its headers")
	}
	for name, url := range map[string]string{
		"away":          a.URL + "/?to=" + b.URL + "/end",
		"away and back": a.URL + "/?to=" + b.URL + "/%3Fto=" + a.URL + "/end",
	} {
		saw := ask(url)
		for _, secret := range []string{"Saw-Authorization", "Saw-X-Api-Key", "Saw-Referer"} {
			if saw.Get(secret) != "" {
				t.Errorf("%s: the other host got %s", name, secret)
			}
		}
		if saw.Get("Saw-Idempotency-Key") != "run/node/0" {
			t.Errorf("%s: the idempotency key was lost", name)
		}
	}
}

func TestABodyIsNotSentToAnotherHost(t *testing.T) {
	t.Parallel()
	a, b := hop(t), hop(t)
	c := egress.Door{Allow: []string{address(a.URL), address(b.URL)}}.Client()
	t.Cleanup(c.CloseIdleConnections)
	_, err := c.Post(a.URL+"/?to="+b.URL+"/end", "text/plain", strings.NewReader("s3cret"))
	if !errors.Is(err, egress.ErrBlocked) {
		t.Errorf("307 to another host: %v", err)
	}
}
