package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	ws2.made(http.MethodPut, "/triggers/t_theirs", `{"kind":"api","graph":"echo"}`)
	theirs, err := ws2.store.Trigger(t.Context(), "t_theirs")
	must(t, err)
	const (
		noTrigger = `{"detail":"Trigger not found"}`
		noRoute   = `{"detail":"Not Found"}`
		noMethod  = `{"detail":"Method Not Allowed"}`
	)
	post, get := http.MethodPost, http.MethodGet
	for _, c := range []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"B14 unknown trigger", post, "/ws1/nothing/DEV", 404, noTrigger},
		{"B14 unknown id", post, "/ws1/" + uuid.NewString() + "/DEV", 404, noTrigger},
		{"B14 other workspace's name", post, "/ws1/t_theirs/DEV", 404, noTrigger},
		{"B14 other workspace's id", post, "/ws1/" + theirs.ID.String() + "/DEV", 404, noTrigger},
		{"B15 dots", post, "/ws1/../DEV", 404, noTrigger},
		{"B15 slash", post, "/ws1/a%2Fb/DEV", 404, noTrigger},
		{"B15 NUL", post, "/ws1/a%00/DEV", 404, noTrigger},
		{"B15 unicode", post, "/ws1/tr%C3%AFgger/DEV", 404, noTrigger},
		{"B15 not UTF-8", post, "/ws1/%ff%fe/DEV", 404, noTrigger},
		{"B15 10 KiB", post, "/ws1/" + strings.Repeat("t", 10<<10) + "/DEV", 404, noTrigger},
		{"B17 deleted", post, "/ws1/t_deleted/DEV", 404, noTrigger},
		{"B18 paused", post, "/ws1/t_paused/DEV", 409, `{"detail":"Trigger is paused"}`},
		{"B19 no build", post, "/ws1/t_echo/UAT", 404, `{"detail":"No build is assigned to environment UAT"}`},
		{"B20 not called by URL", post, "/ws1/t_manual/DEV", 404, noTrigger},
		{"B21 unknown", post, "/ws1", 404, noRoute},
		{"B21 trailing slash", post, "/ws1/t_echo/DEV/", 404, noRoute},
		{"B21 double slash", post, "/ws1//t_echo/DEV", 404, noRoute},
		{"B21 nothing between slashes", post, "//t_echo/DEV", 404, noRoute},
		{"B25 preflight", http.MethodOptions, "/ws1/t_echo/DEV", 405, noMethod},
		{"another method", http.MethodPut, "/ws1/t_echo/DEV", 405, noMethod},
		{"reserved word", post, "/jira/t_echo/DEV", 404, noRoute},
		{"reserved word of another method", post, "/status/ws1/x", 405, noMethod},
		{"short start", post, "/start/t_echo/DEV", 404, noRoute},
		{"status that is a call", get, "/ws1/t_echo/DEV", 405, noMethod},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, prefix := range []string{"/trigger", "/api/v1/ai/trigger"} {
				got := g.do(c.method, prefix+c.path, `{}`, bearer(ws1.plain), header("Origin", "https://evil.example")).says(c.status, c.body)
				for name := range got.header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s: header %s", got.what, name)
					}
				}
				if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Request-Id") == "" || got.header.Get("X-Error-Code") == "" {
					t.Errorf("%s: headers %v", got.what, got.header)
				}
				if got.took > 5*time.Second {
					t.Errorf("%s took %v", got.what, got.took)
				}
			}
		})
	}
	for _, ref := range []string{"nothing", uuid.NewString(), "a%2Fb"} {
		g.do(post, "/trigger/start/ws1/"+ref+"/DEV", `{}`, bearer(ws1.plain)).says(404, noTrigger)
	}
	got := g.do(get, "/api/v1/nothing", "", bearer(ws1.plain))
	if got.status != 404 || got.field("code") != "not_found" || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("native: %d %s", got.status, got.body)
	}
	got = g.do(http.MethodPatch, "/api/v1/workspaces/ws1/graphs/echo", "{}", bearer(ws1.plain))
	if got.status != 405 || got.field("code") != "method_not_allowed" || got.header.Get("Allow") != "DELETE, GET, PUT" {
		t.Errorf("native: %d %s, allow %q", got.status, got.body, got.header.Get("Allow"))
	}
	if n := ws1.runs() + ws2.runs(); n != 0 {
		t.Errorf("%d runs", n)
	}
}

func TestEnvironmentInAnyCaseOrNone(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/dev", `{}`, bearer(ws1.plain)).is(http.StatusOK)
	g.do(http.MethodPost, "/trigger/start/ws1/t_echo/uat", `{}`, bearer(ws1.plain)).says(http.StatusNotFound, detail("No build is assigned to environment UAT"))
	g.do(http.MethodPost, "/trigger/ws1/t_echo/STAGE", `{}`, bearer(ws1.plain)).says(http.StatusUnprocessableEntity,
		`{"detail":[{"type":"enum","loc":["path","environment"],"msg":"Input should be 'DEV', 'UAT' or 'PROD'","input":"STAGE","ctx":{"expected":"'DEV', 'UAT' or 'PROD'"}}]}`)
}

func TestBodiesOverTheWire(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	const (
		notJSON = `{"detail":"Content-Type must be application/json"}`
		zipped  = `{"detail":"Content-Encoding is not supported"}`
	)
	kind := func(value string) []with { return []with{header("Content-Type", value)} }
	accepted := 0
	for _, c := range []struct {
		name, body string
		change     []with
		status     int
		says       string // empty when the text is not promised
	}{
		{"B26 no body", "", nil, 200, ""},
		{"B26 no body, form", "", kind("application/x-www-form-urlencoded"), 200, ""},
		{"B27 broken", `{`, nil, 422, `{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":`},
		{"B28 list", `[]`, nil, 422, `{"detail":[{"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary","input":[]}]}`},
		{"B29 twice", `{"message":"a","message":"b"}`, nil, 422, `{"detail":[{"type":"json_invalid","loc":["body",`},
		{"B30 other case", `{"MESSAGE":"x"}`, nil, 200, ""},
		{"B31 unknown", `{"foo":1}`, nil, 200, ""},
		{"B33 docs", `{"user_variables":"string"}`, nil, 422, `{"detail":[{"type":"dict_type","loc":["body","user_variables"],"msg":"Input should be a valid dictionary","input":"string"}]}`},
		{"B38 brackets", strings.Repeat("[", 100_000), nil, 422, `{"detail":[{"type":"json_nesting","loc":["body"],"msg":"JSON nested too deeply","input":""}]}`},
		{"B40 mark", "\xef\xbb\xbf{}", nil, 422, `{"detail":[{"type":"json_invalid","loc":["body",0],`},
		{"B42 UTF-16", "\xff\xfe{\x00}\x00", nil, 415, notJSON},
		{"B42 UTF-16 without mark", "{\x00}\x00", nil, 415, notJSON},
		{"B42 latin1", `{}`, kind("application/json; charset=latin1"), 415, notJSON},
		{"UTF-8 by name", `{}`, kind(`application/json; charset="UTF-8"`), 200, ""},
		{"relative of JSON", `{}`, kind("application/vnd.api+json"), 200, ""},
		{"B43 text", `{}`, kind("text/plain"), 415, notJSON},
		{"B43 form", `a=b`, kind("application/x-www-form-urlencoded"), 415, notJSON},
		{"B43 multipart", `--x`, kind("multipart/form-data; boundary=x"), 415, notJSON},
		{"B43 XML", `<a/>`, kind("application/xml"), 415, notJSON},
		{"B43 nonsense", `{}`, kind("; ;"), 415, notJSON},
		{"B43 none", `{}`, []with{func(r *http.Request) { r.Header.Del("Content-Type") }}, 200, ""},
		{"B44 gzip", "\x1f\x8b", []with{header("Content-Encoding", "gzip")}, 415, zipped},
		{"identity", `{}`, []with{header("Content-Encoding", "identity")}, 200, ""},
		{"B45 escapes", `{"message":"` + strings.Repeat("\u202e\u200b", 170_000) + `"}`, nil, 200, ""},
		{"too large", `{"message":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, `{"detail":"Request body is larger than 1048576 bytes"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", c.body, append(c.change, bearer(ws1.plain))...).is(c.status)
			if c.status == 200 {
				accepted++
			} else if !strings.HasPrefix(got.body, c.says) || len(got.body) > 4<<10 {
				t.Errorf("got  %s\nwant %s…", got.body, c.says)
			}
			if got.took > 5*time.Second {
				t.Errorf("took %v", got.took)
			}
		})
	}
	if n := ws1.runs(); n != accepted {
		t.Errorf("%d runs, want %d: one for each accepted body", n, accepted)
	}
	g.do(http.MethodGet, "/trigger/status/ws1/x", "", bearer(ws1.plain)).says(http.StatusNotFound, detail("Workflow not found"))
}

func TestChainOfTriggersEnds(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), header("X-Trigger-Depth", "5")).is(http.StatusOK).workflow()
	r, err := ws1.store.Run(t.Context(), id)
	must(t, err)
	if r.Cause != (run.Cause{Kind: "api", Depth: 5}) {
		t.Errorf("cause %+v", r.Cause)
	}
	for _, depth := range []string{"6", "x"} {
		g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", `{}`, bearer(ws1.plain), header("X-Trigger-Depth", depth)).is(http.StatusUnprocessableEntity)
		g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_echo/run", `{}`, bearer(ws1.plain), header("X-Trigger-Depth", depth)).is(http.StatusUnprocessableEntity)
	}
	if n := ws1.runs(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}

// raw sends bytes and returns the status of every answer until the server
// closes the connection.
func (g *gate) raw(request string) (lines []string) {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.env.Settings.Addr)
	must(g.t, err)
	defer conn.Close()
	must(g.t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, request)
	must(g.t, err)
	in := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return lines
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		lines = append(lines, resp.Status)
		if resp.Close {
			return lines
		}
	}
}

func TestHostileRequestsAreRefusedBeforeAnyHandler(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	open := "POST /trigger/start/ws1/t_echo/DEV HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ws1.plain.Reveal() + "\r\n"
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, "X-%d: y\r\n", i)
	}
	for name, c := range map[string]struct{ request, want string }{
		"B11 NUL in the key":         {"GET /trigger/status/ws1/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\x00b\r\n\r\n", "400 Bad Request"},
		"B22 large headers":          {open + "X-Large: " + strings.Repeat("x", 24<<10) + "\r\n\r\n", "431 Request Header Fields Too Large"},
		"B22 500 headers":            {open + many.String() + "Connection: close\r\n\r\n", "431 Request Header Fields Too Large"},
		"B23 no host":                {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
		"B23 bad line":               {"GARBAGE\r\n\r\n", "400 Bad Request"},
		"B23 transfer-encoding ×2":   {open + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501 Not Implemented"},
		"B23 two content lengths":    {open + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "400 Bad Request"},
		"B24 a gigabyte, bad key":    {"POST /trigger/ws1/t_echo/DEV HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nope\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n", "401 Unauthorized"},
		"a gigabyte of another type": {open + "Content-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n", "415 Unsupported Media Type"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := g.raw(c.request); len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got %q, want %s and the end", got, c.want)
			}
		})
	}
	if n := ws1.runs(); n != 0 {
		t.Errorf("%d runs", n)
	}
}

// A proxy that goes by the length and a server that goes by the chunks do not
// agree where the next request begins: here there is none.
func TestNothingIsReadBehindABodyWithoutALength(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	hidden := "GET /trigger/status/ws1/x HTTP/1.1\r\nHost: x\r\n\r\n"
	got := g.raw("POST /trigger/start/ws1/t_echo/DEV HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ws1.plain.Reveal() +
		"\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + hidden)
	if len(got) != 1 || got[0] != "200 OK" {
		t.Errorf("answers %q, want one and the end", got)
	}
}

// served is the gateway's handler behind a server whose read limit a test can
// wait for.
func served(t *testing.T, g *gate, readTimeout time.Duration) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	room := wait.NewRoom(g.env.Queue, 10*time.Millisecond)
	srv := &http.Server{Handler: doorOf(fresh(g), room, slow).Handler(), ReadTimeout: readTimeout, ReadHeaderTimeout: readTimeout}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- room.Run(ctx) }()
	go func() { ended <- boot.Serve(ctx, srv, l, 5*time.Second) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return l.Addr().String()
}

func TestStalledBodyIsCutOff(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	conn, err := net.Dial("tcp", served(t, g, 200*time.Millisecond))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, "POST /trigger/start/ws1/t_echo/DEV HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+ws1.plain.Reveal()+"\r\nContent-Length: 100\r\n\r\n{")
	must(t, err)
	if answer, err := io.ReadAll(conn); err != nil || len(answer) != 0 {
		t.Errorf("got %q, %v; want a closed connection", answer, err)
	}
	if n := ws1.runs(); n != 0 {
		t.Errorf("%d runs", n)
	}
}

func TestSynchronousCallOutlivesTheReadLimit(t *testing.T) {
	t.Parallel()
	const readLimit = 300 * time.Millisecond
	g := serve(t, storetest.SQLite(t))
	ws1 := g.side("ws1")
	addr := served(t, g, readLimit)
	began := time.Now()
	go func() {
		g.eventually(func() bool { return time.Since(began) > 2*readLimit })
		ws1.end(run.Sync, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"a": "b"}})
	}()
	g.url = "http://" + addr
	got := g.do(http.MethodPost, "/trigger/ws1/t_echo/DEV", `{}`, bearer(ws1.plain)).is(http.StatusOK)
	if got.field("status") != "completed" || got.took < readLimit {
		t.Errorf("after %v: %s", got.took, got.body)
	}
}
