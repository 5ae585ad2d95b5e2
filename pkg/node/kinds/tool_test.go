package kinds_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/run"
)

// server answers tools on loopback; door lets them reach it.
func server(t *testing.T, h http.HandlerFunc) (url string, door *http.Client) {
	t.Helper()
	s := httptest.NewServer(h)
	door = egress.Door{Allow: []string{strings.TrimPrefix(s.URL, "http://")}}.Client()
	t.Cleanup(func() {
		door.CloseIdleConnections()
		s.Close()
	})
	return s.URL, door
}

// toolBench is a tool whose env.API is the server.
func toolBench(t *testing.T, config string, h http.HandlerFunc) *nodetest.Bench {
	t.Helper()
	b := bench("tool", config)
	var api string
	api, b.HTTP = server(t, h)
	b.Scope["env"] = map[string]any{"API": api}
	b.Scope["args"] = map[string]any{"text": "a \"quoted\" text"}
	b.Secrets = map[string]string{"KEY": "s3cret/va+lue", "PIN": "1234"}
	return b
}

// seen is a request as a server sees it.
type seen struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

func look(r *http.Request) seen {
	body, _ := io.ReadAll(r.Body)
	return seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header}
}

func TestToolSendsWhatItsTemplatesSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		want         seen
		contentType  string
	}{
		{"InsertedTextStaysInItsSegment", `{"http":{"url":"{{ env.API }}/s/{{ vars.path }}/end?q={{ vars.path }}"}}`,
			seen{Method: "GET", Path: "/s/a%2Fb%20%3F%26%23%25/end", Query: "q=a%2Fb%20%3F%26%23%25"}, ""},
		{"QueryValuesAreEncoded", `{"http":{"url":"{{ env.API }}/?a=1","query":{"b":"{{ vars.path }}","l":"{{ vars.list }}","none":null}}}`,
			seen{Method: "GET", Path: "/", Query: "a=1&b=a%2Fb+%3F%26%23%25&l=1&l=b"}, ""},
		{"JSONKeepsTypes", `{"http":{"method":"POST","url":"{{ env.API }}/","json":{"n":"{{ vars.n }}","t":"{{ args.text }}","k":"{{ secrets.KEY }}"}}}`,
			seen{Method: "POST", Path: "/", Body: `{"k":"s3cret/va+lue","n":7,"t":"a \"quoted\" text"}`}, "application/json"},
		{"Form", `{"http":{"method":"PUT","url":"{{ env.API }}/","form":{"a":"{{ vars.path }}","b":7}}}`,
			seen{Method: "PUT", Path: "/", Body: `a=a%2Fb+%3F%26%23%25&b=7`}, "application/x-www-form-urlencoded"},
		{"Text", `{"http":{"method":"PATCH","url":"{{ env.API }}/","body":"say {{ message }}"}}`,
			seen{Method: "PATCH", Path: "/", Body: `say disk full`}, "text/plain; charset=utf-8"},
		{"OwnContentType", `{"http":{"method":"POST","url":"{{ env.API }}/","body":"<a/>","headers":{"content-type":"application/xml"}}}`,
			seen{Method: "POST", Path: "/", Body: `<a/>`}, "application/xml"},
		{"NoBody", `{"http":{"method":"DELETE","url":"{{ env.API }}/x"}}`, seen{Method: "DELETE", Path: "/x"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got seen
			b := toolBench(t, c.config, func(w http.ResponseWriter, r *http.Request) { got = look(r) })
			if _, err := b.Run(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			header := got.Header
			got.Header = nil
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			for name, want := range map[string]string{"Content-Type": c.contentType, "Idempotency-Key": "run/n/0", "X-Run-Epoch": "1", "X-Trigger-Depth": "1", "X-Caused-By-Run": "run", "User-Agent": "onset"} {
				if header.Get(name) != want {
					t.Errorf("header %s is %q, want %q", name, header.Get(name), want)
				}
			}
		})
	}
}

func TestToolUnderstandsAnswers(t *testing.T) {
	t.Parallel()
	retryable := &node.Error{Code: run.NodeFailed}
	permanent := &node.Error{Code: run.NodeFailed, Permanent: true}
	for _, c := range []struct {
		name, ok    string
		status      int
		contentType string
		body        string
		want        string
		failed      *node.Error
	}{
		{"JSON", ``, 200, "application/json", `{"a":[1,2.5,9007199254740993]}`, `{"status":200,"headers":{"content_type":"application/json"},"body":{"a":[1,2.5,9007199254740993]}}`, nil},
		{"ProblemJSON", ``, 201, "application/problem+json; charset=utf-8", `[]`, `{"status":201,"headers":{"content_type":"application/problem+json; charset=utf-8"},"body":[]}`, nil},
		{"Text", ``, 200, "text/plain", `{"a":1}`, `{"status":200,"headers":{"content_type":"text/plain"},"body":"{\"a\":1}"}`, nil},
		{"BrokenJSONIsText", ``, 200, "application/json", `{"a":`, `{"status":200,"headers":{"content_type":"application/json"},"body":"{\"a\":"}`, nil},
		{"NULIsReplaced", ``, 200, "text/plain", "a\x00b\xff", `{"status":200,"headers":{"content_type":"text/plain"},"body":"a\ufffdb\ufffd"}`, nil},
		{"Nothing", ``, 204, "", ``, `{"status":204,"headers":{},"body":null}`, nil},
		{"ExpectedFailure", `["2xx","404"]`, 404, "text/plain", `no`, `{"status":404,"headers":{"content_type":"text/plain"},"body":"no"}`, nil},
		{"OnlyWhatIsExpected", `["404"]`, 200, "text/plain", `yes`, ``, permanent},
		{"NotFound", ``, 404, "text/plain", `no`, ``, permanent},
		{"Redirected", ``, 304, "", ``, ``, permanent},
		{"RequestTimeout", ``, 408, "", ``, ``, retryable},
		{"TooEarly", ``, 425, "", ``, ``, retryable},
		{"Limited", ``, 429, "", ``, ``, &node.Error{Code: run.NodeFailed, After: 7 * time.Second}},
		{"Broken", ``, 500, "", ``, ``, retryable},
		{"Away", ``, 503, "", ``, ``, &node.Error{Code: run.NodeFailed, After: 7 * time.Second}},
		{"SomebodyInBetween", ``, 502, "", ``, ``, &node.Error{Code: run.NodeFailed, Unknown: true}},
		{"TooLarge", ``, 200, "text/plain", strings.Repeat("x", 1001), ``, &node.Error{Code: run.LimitExceeded, Permanent: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ok := c.ok
			if ok == "" {
				ok = "[]"
			}
			b := toolBench(t, `{"http":{"url":"{{ env.API }}/","max_bytes":1000,"ok":`+ok+`}}`, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				if c.contentType != "" {
					w.Header().Set("Content-Type", c.contentType)
				}
				if c.status == 429 || c.status == 503 {
					w.Header().Set("Retry-After", "7")
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			got, err := b.Run(t.Context(), "n")
			if c.failed != nil {
				sameFailure(t, err, c.failed)
				return
			}
			var want any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("error %v, output %s", err, d)
			}
		})
	}
}

func TestSecretsDoNotComeBack(t *testing.T) {
	t.Parallel()
	const secret = "s3cret/va+lue"
	config := `{"http":{"url":"{{ env.API }}/","headers":{"Authorization":"Bearer {{ secrets.KEY }}"},"ok":["200"]}}`
	for _, status := range []int{200, 400} {
		b := toolBench(t, config, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+secret {
				t.Errorf("the server got %q", r.Header.Get("Authorization"))
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Location", "/?k="+url.QueryEscape(secret))
			w.WriteHeader(status)
			if status == 400 {
				io.WriteString(w, strings.Repeat("x", 490)+secret) // is cut at 500
				return
			}
			raw, _ := json.Marshal(map[string]any{
				secret: "pin 1234", "exact": "<" + secret + ">", "url": url.QueryEscape(secret), "path": url.PathEscape(secret),
				"basic":  base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
				"basic1": base64.StdEncoding.EncodeToString([]byte("user1:" + secret)),
				"basic2": base64.URLEncoding.EncodeToString([]byte("user12:" + secret + ":x")),
			})
			w.Write(raw)
		})
		out, err := b.Run(t.Context(), "n")
		raw, _ := json.Marshal(out)
		text := string(raw) + strings.Join(b.Logs, "\n")
		if err != nil {
			text += err.Error()
		}
		leaks := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
		for shift := range 3 {
			leaks = append(leaks, base64.RawStdEncoding.EncodeToString([]byte(secret[shift:len(secret)-shift])))
		}
		for _, leak := range leaks {
			if strings.Contains(text, leak[1:7]) {
				t.Errorf("status %d: %q is in %s", status, leak, text)
			}
		}
		if !strings.Contains(text, "[secret]") || status == 200 && !strings.Contains(text, "pin 1234") {
			t.Errorf("status %d: %s", status, text)
		}
	}
}

func TestToolIsRefusedBeforeItCalls(t *testing.T) {
	t.Parallel()
	blocked := &node.Error{Code: run.EgressBlocked, Message: "blocked by egress policy", Permanent: true}
	for name, c := range map[string]struct {
		config string
		want   *node.Error
	}{
		"SecretMissing":       {`{"http":{"url":"{{ env.API }}/{{ secrets.NOBODY }}"}}`, &node.Error{Code: run.SecretMissing, Message: "the secret NOBODY is not set", Permanent: true}},
		"SecretMissingInside": {`{"http":{"url":"{{ env.API }}/","headers":{"a":"Bearer {{ secrets.NOBODY }}"}}}`, &node.Error{Code: run.SecretMissing, Message: "the secret NOBODY is not set", Permanent: true}},
		"BadExpression":       {`{"http":{"url":"{{ env.API }}/{{ vars.x + 1 }}"}}`, &node.Error{Code: run.ExpressionFailed, Permanent: true}},
		"ClimbingPath":        {`{"http":{"url":"{{ env.API }}/{{ '..' }}/x"}}`, &node.Error{Code: run.ExpressionFailed, Permanent: true}},
		"NoAddress":           {`{"http":{"url":"{{ env.NOTHING }}/x"}}`, blocked},
		"Loopback":            {`{"http":{"url":"http://127.0.0.1:1/"}}`, blocked},
		"Metadata":            {`{"http":{"url":"https://169.254.169.254/latest"}}`, blocked},
		"SplitHeader":         {`{"http":{"url":"{{ env.API }}/","headers":{"a":"{{ 'x\\r\\nHost: y' }}"}}}`, blocked},
		"RedirectInside":      {`{"http":{"url":"{{ env.API }}/away"}}`, blocked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := toolBench(t, c.config, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/away" {
					t.Error("the server was called")
				}
				http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
			})
			_, err := b.Run(t.Context(), "n")
			sameFailure(t, err, c.want)
		})
	}
}

// A server that takes the request and dies leaves its outcome unknown; the call
// is not sent a second time behind our back, even on a kept connection.
func TestACallOfUnknownOutcomeIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `,"json":{"a":1}`} {
		var calls atomic.Int64
		b := toolBench(t, `{"http":{"method":"POST","url":"{{ env.API }}/"`+body+`}}`, func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				return // the connection is kept
			}
			panic(http.ErrAbortHandler)
		})
		if _, err := b.Run(t.Context(), "n"); err != nil {
			t.Fatal(err)
		}
		_, err := b.Run(t.Context(), "n")
		sameFailure(t, err, &node.Error{Code: run.NodeFailed, Unknown: true})
		if calls.Load() != 2 {
			t.Errorf("body %q: sent %d times, want 2", body, calls.Load())
		}
	}
}

func TestAServerThatIsAwayDidNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	b := bench("tool", `{"http":{"method":"POST","url":"http://`+address+`/"}}`)
	b.HTTP = egress.Door{Allow: []string{address}}.Client()
	_, err = b.Run(t.Context(), "n")
	sameFailure(t, err, &node.Error{Code: run.NodeFailed})
}

func TestAToolThatIsStoppedSaysThatNobodyKnows(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	b := toolBench(t, `{"http":{"method":"POST","url":"{{ env.API }}/"}}`, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := b.Run(ctx, "n")
	sameFailure(t, err, &node.Error{Code: run.NodeFailed, Unknown: true})
}

// An author who says that repeating is safe lets the client try a broken
// connection again; the key lets the server notice.
func TestASafeCallMayBeSentAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	b := toolBench(t, `{"http":{"method":"POST","url":"{{ env.API }}/"}}`, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
	})
	b.Graph.Nodes[0].Retry = &graph.Retry{Repeat: graph.RepeatSafe}
	for range 2 {
		if _, err := b.Run(t.Context(), "n"); err != nil {
			t.Fatal(err)
		}
	}
	if calls.Load() != 3 {
		t.Errorf("sent %d times, want 3", calls.Load())
	}
}

// A key in JSON, which a server shows as text, and one that is no address.
func TestSecretsThatAreEscapedDoNotComeBack(t *testing.T) {
	t.Parallel()
	const secret = "s3cret&\n\x7fva\"lue"
	for _, config := range []string{
		`{"http":{"method":"POST","url":"{{ env.API }}/","json":{"key":"{{ secrets.KEY }}"}}}`,
		`{"http":{"url":"{{ secrets.KEY }}/"}}`,
		`{"http":{"url":"{{ env.API }}/","query":{"q":"{{ {'a':1}[secrets.KEY] }}"}}}`,
	} {
		b := toolBench(t, config, func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			w.Write(append(sent, "\"s3cret&\\n\x7fva\\\"lue\""...))
		})
		b.Secrets = map[string]string{"KEY": secret, "PIN": "cret"}
		out, err := b.Run(t.Context(), "n")
		if text := fmt.Sprint(out, err); strings.Contains(text, "s3cret") || strings.Contains(text, "lue") && err == nil {
			t.Errorf("%s: %s", config, text)
		}
	}
}
