// Package client speaks to a running Onset over HTTP, for the commands of a
// person at a terminal.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// Server is a running Onset and the key that opens it.
type Server struct {
	URL string // origin, without a slash at its end
	Key secret.Secret
	// Header is sent along with every request.
	Header http.Header
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 32 << 20

// Do sends in as JSON when it is not nil, and decodes the answer into out when
// that is not nil. A refusal is a *Problem; anything else means that no answer
// came, and says what to do about it. A server that is away for a moment is
// asked again, if asking twice does no harm.
func (s Server) Do(ctx context.Context, method, path string, in, out any) error {
	for tries := 1; ; tries++ {
		err := s.once(ctx, method, path, in, out)
		var p *Problem
		if tries == maxTries || method == http.MethodPost || !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.After):
		}
	}
}

// maxTries is how often a server that answers 503 is asked.
const maxTries = 5

func (s Server) once(ctx context.Context, method, path string, in, out any) error {
	req, err := s.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return s.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return s.unreachable(ctx, err)
	}
	if resp.StatusCode >= 400 {
		return problem(resp, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s does not answer like an Onset server: is the address right?", s.URL)
	}
	return nil
}

func (s Server) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	if err != nil {
		return nil, fmt.Errorf("%q is not the address of a server, like http://127.0.0.1:8080", s.URL)
	}
	maps.Copy(req.Header, s.Header)
	req.Header.Set("Authorization", "Bearer "+s.Key.Reveal())
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func (s Server) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *url.Error
	if errors.As(err, &refused) {
		err = refused.Err
	}
	return fmt.Errorf("no answer from %s (%w): start the server with `make run` or `onset up`, or name another with --server", s.URL, err)
}

// Problem is a server's refusal.
type Problem struct {
	Status int
	Code   string
	Text   string
	// Places are the mistakes in a document, each "path: message".
	Places []string
	// After is how long the server asked to wait; zero when it did not.
	After time.Duration
}

func (p *Problem) Error() string {
	text := p.Text
	for _, place := range p.Places {
		text += "\n  " + place
	}
	return text
}

// problem reads the refusal of any surface: problem+json, or {"detail": …}.
func problem(resp *http.Response, body []byte) *Problem {
	var doc struct {
		Code   string          `json:"code"`
		Detail json.RawMessage `json:"detail"`
		Errors []struct {
			Path    string `json:"path"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	p := &Problem{Status: resp.StatusCode, Code: resp.Header.Get("X-Error-Code")}
	if s, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s"); err == nil {
		p.After = s
	}
	if json.Unmarshal(body, &doc) != nil || doc.Detail == nil {
		p.Text = fmt.Sprintf("the server answered %s", resp.Status)
		return p
	}
	if doc.Code != "" {
		p.Code = doc.Code
	}
	for _, e := range doc.Errors {
		p.Places = append(p.Places, strings.TrimPrefix(e.Path+": "+e.Message, ": "))
	}
	p.detail(doc.Detail)
	return p
}

// detail is a sentence, or the list of one who validates bodies.
func (p *Problem) detail(raw json.RawMessage) {
	if json.Unmarshal(raw, &p.Text) == nil {
		return
	}
	var places []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	p.Text = "the request was refused"
	if json.Unmarshal(raw, &places) != nil {
		return
	}
	for _, at := range places {
		p.Places = append(p.Places, fmt.Sprintf("%s: %s", strings.Trim(fmt.Sprint(at.Loc), "[]"), at.Msg))
	}
}
