package kinds

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// answer is what came back from a call.
type answer struct {
	method, where string // where has no query: that is where keys hide
	status        int
	header        http.Header
	body          []byte
}

// call makes the request. When it fails, the error says whether the server may
// have seen it.
func (c httpConfig) call(client *http.Client, r *http.Request) (answer, error) {
	var connected atomic.Bool
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	a := answer{method: r.Method, where: r.URL.Scheme + "://" + r.URL.Host + r.URL.EscapedPath()}
	resp, err := client.Do(r)
	if err == nil {
		a.status, a.header = resp.StatusCode, resp.Header
		a.body, err = egress.ReadAll(resp, c.limit())
	}
	switch {
	case err == nil:
		return a, nil
	case errors.Is(err, egress.ErrBlocked):
		return a, node.Permanent(run.EgressBlocked, egress.ErrBlocked.Error())
	case errors.Is(err, egress.ErrTooLarge):
		return a, node.Permanent(run.LimitExceeded, fmt.Sprintf("%s %s: %v", a.method, a.where, err))
	}
	return a, &node.Error{
		Code:    run.NodeFailed,
		Message: fmt.Sprintf("%s %s got no answer: %s", a.method, a.where, withoutURL(err)),
		Unknown: connected.Load(),
	}
}

// judge says whether the answer counts as success, and otherwise whether
// another try could help. Secrets are hidden before the text is cut: half of
// one would not be found.
func (c httpConfig) judge(a answer, hide redactor) error {
	ok := c.OK
	if len(ok) == 0 {
		ok = []string{"2xx"}
	}
	if slices.ContainsFunc(ok, func(pattern string) bool { return matches(pattern, a.status) }) {
		return nil
	}
	e := &node.Error{Code: run.NodeFailed, Message: hide.text(a.describe()), Permanent: !node.Passing(a.status)}
	if text := brief(hide.text(a.text())); text != "" {
		e.Message += ": " + text
	}
	if !e.Permanent {
		e.After = model.RetryAfter(a.header)
	}
	e.Unknown = node.Between(a.status)
	return e
}

// matches compares a status with "404" or "2xx".
func matches(pattern string, status int) bool {
	text := fmt.Sprint(status)
	return text == pattern || strings.HasSuffix(pattern, "xx") && text[0] == pattern[0]
}

// output is the answer as the graph sees it.
func (a answer) output() map[string]any {
	headers := map[string]any{}
	for key, name := range map[string]string{"content_type": "Content-Type", "location": "Location", "retry_after": "Retry-After"} {
		if value := a.header.Get(name); value != "" {
			headers[key] = strictjson.StorableText(value)
		}
	}
	return map[string]any{"status": a.status, "headers": headers, "body": a.content()}
}

// content is the body: a JSON value when it is one, null when there is none,
// else its text.
func (a answer) content() any {
	if len(a.body) == 0 {
		return nil
	}
	if a.isJSON() && strictjson.Check(a.body, strictjson.Stored) == nil {
		if v, err := strictjson.Value(a.body); err == nil {
			return v
		}
	}
	return a.text()
}

func (a answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"))
}

func (a answer) text() string { return strictjson.StorableText(string(a.body)) }

func (a answer) describe() string {
	return fmt.Sprintf("%s %s answered %d", a.method, a.where, a.status)
}

// brief keeps a stranger's text short enough for an error message.
func brief(s string) string {
	const most = 500
	if r := []rune(strings.TrimSpace(s)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return strings.TrimSpace(s)
}

func withoutURL(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}
