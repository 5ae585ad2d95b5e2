package kinds

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// request fills the templates and makes the call that leaves the process.
func (c httpConfig) request(ctx context.Context, in *node.Input) (*http.Request, error) {
	f := outgoing(in)
	address, err := c.address(ctx, f)
	if err != nil {
		return nil, err
	}
	body, contentType, err := c.body(ctx, f)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, c.method(), address, bytes.NewReader(body))
	if err != nil {
		// It is not shown: it may hold a secret, in a form that no search finds.
		return nil, node.Permanent(run.NodeFailed, "config.http.url: what the template gives is no address")
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("User-Agent", "onset")
	for name, value := range identity(in, in.Key) {
		r.Header.Set(name, value)
	}
	headers, err := f.headers(ctx, "config.http.headers", c.Headers)
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, headers)
	return r, nil
}

// idempotencyKey is the header that tells two tries of one call from two calls.
const idempotencyKey = "Idempotency-Key"

// identity are the headers that tell a server which call of which run this is:
// with the same key it may answer what it answered before, and an event that it
// sends because of it can name its cause.
func identity(in *node.Input, key string) map[string]string {
	id, _, _ := strings.Cut(key, "/")
	return map[string]string{
		idempotencyKey:    key,
		"X-Caused-By-Run": id,
		"X-Run-Epoch":     strconv.Itoa(in.Epoch),
		"X-Trigger-Depth": strconv.Itoa(in.Depth),
	}
}

// sendOnce keeps the HTTP client from sending a request again by itself when a
// kept connection breaks: it does so for every request whose key it can see
// under the canonical name, however risky the method.
func sendOnce(r *http.Request) {
	r.Header["idempotency-key"] = r.Header[idempotencyKey]
	delete(r.Header, idempotencyKey)
}

func (c httpConfig) address(ctx context.Context, f filler) (string, error) {
	text, err := f.text(ctx, "config.http.url", c.URL, expr.URL)
	if err != nil || len(c.Query) == 0 {
		return text, err
	}
	query, err := c.values(ctx, f, "config.http.query", c.Query)
	if err != nil {
		return "", err
	}
	text, fragment, _ := strings.Cut(text, "#")
	separator := "?"
	if strings.Contains(text, "?") {
		separator = "&"
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	return text + separator + query.Encode() + fragment, nil
}

// body is what the call sends, and the type it has when no header says so.
func (c httpConfig) body(ctx context.Context, f filler) (body []byte, contentType string, err error) {
	switch {
	case given(c.JSON):
		v, err := f.value(ctx, "config.http.json", c.JSON)
		if err != nil {
			return nil, "", err
		}
		body, err := json.Marshal(v)
		return body, "application/json", err
	case c.Form != nil:
		form, err := c.values(ctx, f, "config.http.form", c.Form)
		return []byte(form.Encode()), "application/x-www-form-urlencoded", err
	case c.Body != "":
		text, err := f.text(ctx, "config.http.body", c.Body, expr.Verbatim)
		return []byte(text), "text/plain; charset=utf-8", err
	}
	return nil, "", nil
}

// values fills a query or a form. A list becomes several values of one name,
// null none.
func (c httpConfig) values(ctx context.Context, f filler, path string, templates map[string]json.RawMessage) (url.Values, error) {
	filled, err := f.object(ctx, path, templates)
	if err != nil {
		return nil, err
	}
	out := url.Values{}
	for name, v := range filled {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			if item == nil {
				continue
			}
			text, err := plainText(item)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", path, name, err)
			}
			out.Add(name, text)
		}
	}
	return out, nil
}

// plainText is a string as it is, and any other value as compact JSON.
func plainText(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
