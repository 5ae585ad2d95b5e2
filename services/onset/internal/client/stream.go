package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/tmaxmax/go-sse"
)

// Event is one thing that happened in a run.
type Event struct {
	Name string          `json:"event"`
	Data json.RawMessage `json:"data"`
	// Seq is what the server is asked to go on behind.
	Seq int `json:"-"`
}

// Last says whether nothing follows.
func (e Event) Last() bool {
	return e.Name == "run.completed" || e.Name == "run.failed" || e.Name == "run.cancelled"
}

// events reads events until one of them was cut off. One without a number, which
// the server does not keep, stands at the Beginning.
func events(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for sent, err := range sse.Read(r, &sse.ReadConfig{MaxEventSize: maxAnswer}) {
			if err != nil {
				yield(Event{}, fmt.Errorf("the live view broke: %w", err))
				return
			}
			e := Event{Name: sent.Type, Data: json.RawMessage(sent.Data), Seq: Beginning}
			if seq, err := strconv.Atoi(sent.LastEventID); err == nil {
				e.Seq = seq
			}
			if e.Name == "" || !json.Valid(e.Data) || !yield(e, nil) {
				return
			}
		}
	}
}

func (l *Live) connect(ctx context.Context) (io.ReadCloser, error) {
	to := l.Server
	to.Header = maps.Clone(l.Header)
	if to.Header == nil {
		to.Header = http.Header{}
	}
	to.Header.Set("Accept", "text/event-stream")
	if l.After != Beginning {
		to.Header.Set("Last-Event-ID", strconv.Itoa(l.After))
	}
	req, err := to.request(ctx, http.MethodGet, l.Path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	switch {
	case err != nil:
		return nil, l.unreachable(ctx, err)
	case resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream"):
		return resp.Body, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return nil, errOver
	}
	said, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, l.unreachable(ctx, err)
	case resp.StatusCode < http.StatusBadRequest:
		return nil, &Problem{Status: resp.StatusCode, Text: l.URL + " does not answer like an Onset server: is the address right?"}
	}
	return nil, problem(resp, said)
}

// heard tells that something arrived.
type heard struct {
	io.Reader
	tell func()
}

// Read reads on.
func (h heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.tell()
	}
	return n, err
}
