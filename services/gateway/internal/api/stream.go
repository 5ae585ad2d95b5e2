package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// Stream is a body that is sent piece by piece for as long as Send lasts. Every
// write leaves at once and fails when the caller does not take it within 30 s;
// ctx ends when the caller leaves.
type Stream struct {
	ContentType string
	// Of is a value of the type of each event's data, for the published document.
	Of   any
	Send func(ctx context.Context, w io.Writer)
}

// stream sends a body of which nobody knows the end. What goes wrong on the way
// can only cut it off.
func (a *API) stream(w http.ResponseWriter, r *http.Request, status int, id string, s Stream) {
	defer func() {
		if p := recover(); p != nil {
			a.Log.ErrorContext(r.Context(), "a stream broke", "request_id", id, slog.Any("error", p), "stack", string(debug.Stack()))
			panic(http.ErrAbortHandler)
		}
	}()
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers makes a live view a dead one
	h.Set("Content-Type", s.ContentType)
	w.WriteHeader(status)
	out := prompt{w, http.NewResponseController(w), a.Now}
	_, _ = out.Write(nil) // the headers at once; a caller who has left is Send's to notice
	s.Send(r.Context(), out)
}

// prompt writes without delay, each time with a time limit of its own.
type prompt struct {
	to   io.Writer
	conn *http.ResponseController
	now  func() time.Time
}

// Write sends p.
func (w prompt) Write(p []byte) (int, error) {
	_ = w.conn.SetWriteDeadline(w.now().Add(slowest))
	n, err := w.to.Write(p)
	if err != nil {
		return n, err
	}
	return n, w.conn.Flush()
}
